"""Which SKU fits a number best, in SQL: that of its city, else of its region or its country."""

# Whoever gives numbers their SKUs shares it; whoever adds or removes a SKU has it alone.
SKUS_LOCK = 7_310_003
SHARE_SKUS = f"select pg_advisory_xact_lock_shared({SKUS_LOCK})"
KEEP_SKUS = f"select pg_advisory_xact_lock({SKUS_LOCK})"
# `n` is what has a country, number_type, region and city.
FITTING_SKUS = """
left join public.stock_sku of_city on of_city.removed_at is null and n.city <> ''
    and (of_city.country, of_city.number_type, of_city.region, of_city.city)
        = (n.country, n.number_type, n.region, n.city)
left join public.stock_sku of_region on of_region.removed_at is null and n.region <> ''
    and (of_region.country, of_region.number_type, of_region.region, of_region.city)
        = (n.country, n.number_type, n.region, '')
left join public.stock_sku of_country
    on (of_country.country, of_country.number_type, of_country.region, of_country.city)
        = (n.country, n.number_type, '', '')
"""
BEST_SKU = "coalesce(of_city.id, of_region.id, of_country.id)"
