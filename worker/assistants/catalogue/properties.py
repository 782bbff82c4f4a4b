"""The kind "properties": its columns, their words, and how they are searched. Data."""

from worker.assistants.catalogue import cells
from worker.assistants.catalogue.filters import (
    at_least,
    at_most,
    choice,
    dispensable,
    exactly,
    excluded,
    name,
    plus,
    times,
)
from worker.assistants.catalogue.records import PropertyRecord
from worker.assistants.catalogue.schema import Column, RecordKind

PROPERTY_TYPES = {
    "apartment": "apartment, apartments, flat, flats, apt, unit, شقة, شقق, sha2a, sha22a, shaqa",
    "studio": "studio, studios, استوديو, ستوديو",
    "duplex": "duplex, duplexes, دوبلكس, دوبليكس",
    "penthouse": "penthouse, pent house, بنتهاوس, بنت هاوس, روف",
    "villa": "villa, villas, standalone, stand alone, standalone villa, فيلا, فيلات, فلل, فيلا مستقلة",
    "townhouse": "townhouse, town house, townhome, تاون هاوس, تاونهاوس",
    "twinhouse": "twinhouse, twin house, توين هاوس, توينهاوس",
    "chalet": "chalet, chalets, cabin, شاليه, شاليهات",
    "office": "office, offices, workspace, مكتب, مكاتب",
    "shop": "shop, shops, store, retail, commercial unit, محل, محلات, محل تجاري, ma7al",
    "land": "land, plot, plots, ارض, أراضي, قطعة ارض",
}
PURPOSES = {
    "sale": "sale, sell, for sale, buy, resale, primary, purchase, بيع, للبيع, تمليك, شراء",
    "rent": "rent, for rent, rental, lease, to let, monthly rent, ايجار, للإيجار, إيجار شهري, egar",
}
PAYMENTS = {
    "cash": "cash, cash only, full payment, كاش, نقدا",
    "installments": "installments, installment, instalments, instalment, payment plan, تقسيط, أقساط, بالتقسيط, ta2seet",
    "both": "both, cash or installments, cash and installments, cash installments, installments or cash, كاش او تقسيط, كاش وتقسيط",
}
_TYPES, _PURPOSES, _PAYMENTS = map(cells.spellings, (PROPERTY_TYPES, PURPOSES, PAYMENTS))

_COLUMNS = (
    Column(
        name="id", headers="property id, code, ref, reference, reference number, unit code, الكود, كود, رقم"
    ),
    Column(
        name="title",
        headers="title en, name, property, headline, listing, العنوان, الاسم, الوحدة",
        part="title",
    ),
    Column(name="title_ar", headers="arabic title, title arabic, name ar, العنوان بالعربية", part="title"),
    Column(
        name="property_type",
        headers="type, unit type, category, kind, نوع العقار, نوع الوحدة, النوع",
        read=cells.choice(_TYPES, closed=False),
        required=True,
        part="title",
    ),
    Column(
        name="location",
        headers="district, neighborhood, neighbourhood, place, region, locality, الموقع, المنطقة, الحي",
        required=True,
        named=True,
        part="place",
    ),
    Column(
        name="location_aliases",
        headers="location ar, aliases, location arabic, arabic location, الموقع بالعربية",
        names_for="location",
        part="place",
    ),
    Column(name="city", headers="town, المدينة", named=True, part="place"),
    Column(name="governorate", headers="province, المحافظة", named=True, part="place"),
    Column(name="city_aliases", headers="city ar, city arabic", names_for="city", part="place"),
    Column(
        name="compound",
        headers="project, compound name, development, الكمبوند, كمبوند, المشروع",
        named=True,
        part="place",
    ),
    Column(
        name="price",
        headers="price egp, egp, total price, unit price, amount, asking price, monthly rent, السعر, الثمن, السعر بالجنيه",
        read=cells.price,
        required=True,
        sql="INTEGER",
    ),
    Column(name="currency", headers="price currency, العملة", read=cells.currency, default="EGP"),
    Column(
        name="purpose",
        headers="offer, offer type, listing type, for, transaction, sale or rent, sale rent, الغرض, نوع العرض",
        read=cells.choice(_PURPOSES, closed=True),
        default="sale",
        part="more",
    ),
    Column(
        name="bedrooms",
        headers="bedroom, beds, bed, br, rooms, no of bedrooms, number of bedrooms, الغرف, غرف, غرف النوم, عدد الغرف",
        read=cells.count,
        sql="INTEGER",
        indexed_as="{} bedroom bed br rooms غرف غرفه نوم اوضه",
        part="more",
    ),
    Column(
        name="bathrooms",
        headers="bathroom, baths, bath, no of bathrooms, number of bathrooms, الحمامات, حمامات, عدد الحمامات",
        read=cells.count,
        sql="INTEGER",
        indexed_as="{} bathroom bath حمام",
        part="more",
    ),
    Column(
        name="area",
        headers="area m2, area sqm, area m 2, size, sqm, m2, bua, built up area, unit area, space, المساحة, المساحة بالمتر",
        read=cells.area,
        sql="REAL",
    ),
    Column(
        name="payment_method",
        headers="payment, payment methods, payment plan, طريقة الدفع, الدفع",
        read=cells.choice(_PAYMENTS, closed=True),
        part="more",
    ),
    Column(name="finishing", headers="finish, finishing type, التشطيب", named=True, part="more"),
    Column(
        name="delivery",
        headers="delivery date, delivery year, handover, ready, التسليم, الاستلام",
        named=True,
        part="more",
    ),
    Column(name="url", headers="link, web, website, page, الرابط", read=cells.url),
    Column(
        name="image",
        headers="picture, photo, image url, photo url, الصورة, صورة",
        read=cells.image,
        later=True,
    ),
    Column(
        name="floor",
        headers="floor number, storey, level, الدور, الطابق, رقم الدور",
        read=cells.floor,
        sql="INTEGER",
        later=True,
    ),
    Column(
        name="view", headers="overlooks, facing, الفيو, الاطلالة, الإطلالة, تطل على", part="more", later=True
    ),
    Column(
        name="down_payment",
        headers="deposit, dp, first payment, المقدم, مقدم, الدفعة الاولى",
        read=cells.deposit,
        later=True,
    ),
    Column(
        name="installment_years",
        headers="years, instalment years, payment years, years of installments, سنوات التقسيط, مدة التقسيط",
        read=cells.count,
        sql="INTEGER",
        later=True,
    ),
    Column(
        name="maintenance",
        headers="maintenance fee, maintenance fees, service charge, yearly maintenance, الصيانة, مصاريف الصيانة",
        read=cells.price,
        sql="INTEGER",
        later=True,
    ),
    Column(
        name="coordinates",
        headers="lat lng, latlng, latitude longitude, gps, map, الاحداثيات, الإحداثيات",
        read=cells.coordinates,
        later=True,
    ),
)

_LOCATION = name("compound", "location", "city", "governorate", wider={"location": 3.5, "city": 8})
#: What may stand in for a type.
_ALIKE = {
    "apartment": "r.property_type IN ('duplex', 'penthouse', 'studio', 'chalet')",
    "studio": "(r.property_type = 'apartment' AND r.bedrooms <= 1)",
    "duplex": "r.property_type = 'penthouse'", "penthouse": "r.property_type = 'duplex'",
    "villa": "r.property_type IN ('twinhouse', 'townhouse')",
    "twinhouse": "r.property_type IN ('villa', 'townhouse')",
    "townhouse": "r.property_type IN ('villa', 'twinhouse')",
    "chalet": "r.property_type IN ('apartment', 'studio')",
}  # fmt: skip
_TYPE = choice("property_type", _TYPES, alike=_ALIKE, cost=4)

PROPERTIES = RecordKind(
    name="properties",
    record=PropertyRecord,
    columns=_COLUMNS,
    parts={"title": 4.0, "place": 3.0, "more": 1.0},
    features="more",
    indexes=(
        "location_key, property_type, bedrooms, price",
        "city_key, property_type, bedrooms, price",
        "property_type, purpose, bedrooms, price",
        "location_key, purpose DESC, price",
        "city_key, purpose DESC, price",
        "governorate_key, purpose DESC, price",
        "purpose DESC, price",
        "compound_key",
    ),
    filters={
        # Who looks for a rent does not buy, and the reverse: never loosened.
        "purpose": choice("purpose", _PURPOSES),
        "propertyType": _TYPE,
        "location": _LOCATION,
        "city": name("city"),
        "compound": dispensable(name("compound", wider={"location": 3.5}), cost=7),
        "bedrooms": exactly("bedrooms", plus(1, cost=3), plus(2, cost=7.5)),
        "bedroomsMin": at_least("bedrooms", plus(-1, cost=3)),
        "bedroomsMax": at_most("bedrooms", plus(1, cost=3)),
        "bathrooms": at_least("bathrooms", plus(-1, cost=2.5), times(0.5, cost=4.5)),
        "budget": at_most("price", times(1.1, cost=5), times(1.2, cost=6), times(1.3, cost=7)),
        "budgetMin": at_least("price", times(0.9, cost=4.5), times(0.75, cost=5.5), times(0.5, cost=6.5)),
        # "150 m²" is approximate.
        "area": at_least("area", times(0.85, cost=2), times(0.75, cost=2.5), about=0.93),
        "areaMin": at_least("area", times(0.9, cost=2), times(0.75, cost=2.5)),
        "areaMax": at_most("area", times(1.15, cost=2), times(1.3, cost=2.5)),
        "paymentMethod": dispensable(choice("payment_method", _PAYMENTS, always="both"), cost=1.5),
        "finishing": dispensable(name("finishing"), cost=1.5),
        "delivery": dispensable(name("delivery"), cost=1.5),
        "notLocation": excluded(_LOCATION),
        "notPropertyType": excluded(_TYPE),
    },
    synonyms={
        "type": "propertyType",
        "district": "location",
        "price": "budget",
        "priceMax": "budget",
        "maxPrice": "budget",
        "budgetMax": "budget",
        "priceMin": "budgetMin",
        "minPrice": "budgetMin",
    },
    orders={
        # Sales first: rents are always the lower prices.
        "": "r.purpose DESC, r.price, r.rowid",
        "price": "r.price, r.rowid",
        "-price": "r.price DESC, r.rowid",
        "area": "r.area, r.rowid",
        "-area": "r.area DESC, r.rowid",
    },
    closest={"budget": "r.price", "budgetMin": "r.price"},
    synonyms_of_values={"property_type": PROPERTY_TYPES, "purpose": PURPOSES, "payment_method": PAYMENTS},
    meant={"title": "{}", "title_ar": "{}", "view": "{} view"},
    frames={"en": "a place {}", "ar": "مكان {}"},
)
