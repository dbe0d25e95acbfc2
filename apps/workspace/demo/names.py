"""Invented names: companies by industry, people, their titles and where they live."""

from __future__ import annotations

from typing import Final

COUNTRIES: Final = {
    "US": "United States",
    "UK": "United Kingdom",
    "IN": "India",
    "AU": "Australia",
    "DE": "Germany",
    "CA": "Canada",
    "FR": "France",
}
REGIONS: Final = {
    "US": "Americas",
    "CA": "Americas",
    "UK": "EMEA",
    "DE": "EMEA",
    "FR": "EMEA",
    "IN": "APAC",
    "AU": "APAC",
}
ENDINGS: Final = {
    "DevTools": ["Labs", "Systems", "Software", "Works", "Build"],
    "FinTech": ["Capital", "Payments", "Finance", "Bank", "Ledger"],
    "Cybersecurity": ["Security", "Shield", "Defence", "Trust", "Sentinel"],
    "HealthTech": ["Health", "Care", "Medical", "Clinics", "Therapeutics"],
    "EdTech": ["Learning", "Academy", "Campus", "Education", "Schools"],
}


def _words(text: str) -> list[str]:
    return text.split()


NAMES: Final = _words(
    "Alder Amber Anchor Arden Aspen Atlas Aurora Barrow Bayside Beacon Birch Bramble "
    "Bridgewater Bright Brook Calder Canyon Cedar Clearwater Cobalt Copper Coral Crescent "
    "Dale Delta Dover Eastgate Eden Elm Ember Everest Fairfield Falcon Fenwick Fjord Foxglove "
    "Garnet Glacier Granite Greystone Harbour Hartwell Hazel Heron Highland Holloway Horizon "
    "Indigo Iris Ivory Jasper Juniper Kestrel Kingsley Lakeview Larch Lighthouse Linden Lumen "
    "Maple Marlow Meadow Meridian Midland Millbrook Mistral Moor Nimbus Northwind Oakley "
    "Obsidian Olive Onyx Orchard Osprey Pacific Pearl Pemberton Pine Polaris Prairie Quarry "
    "Quill Raven Redwood Ridgeway Riverbend Rowan Saffron Sable Sequoia Shoreline Sierra "
    "Silver Solstice Sparrow Sterling Summit Swift Sycamore Tamarind Teal Thorne Tidewater "
    "Timber Topaz Trellis Umber Vale Verdant Vista Walden Waverley Westbrook Whitfield Willow "
    "Windmill Wren Yarrow Zephyr "
)
PEOPLE: Final = _words(
    "Aisha Alan Amara Ben Carla Chen Clara Daniel Diego Elif Emma Farid Felix Grace Hannah "
    "Hugo Ines Ivan Jana Jonah Julia Kenji Kofi Laura Leo Lucia Maya Mei Milan Nadia Noah "
    "Olga Omar Paul Priya Rafael Rosa Samir Sara Sofia Tara Theo Tom Uma Vera Viktor Yara Zoe "
)
SURNAMES: Final = _words(
    "Adler Baker Becker Bell Bianchi Carter Chandra Costa Dubois Evans Fischer Fraser Garcia "
    "Gupta Haas Hansen Hughes Ito Jensen Khan Klein Kumar Lang Lopez Martin Mehta Moreau "
    "Murphy Nakamura Novak Okafor Olsen Patel Petit Quinn Rao Reid Rossi Sato Schmidt Silva "
    "Singh Stone Suzuki Taylor Turner Vogel Walker Weber Wright Young Zimmermann "
)
TITLES: Final = [
    "Head of Operations",
    "Chief Technology Officer",
    "Platform Owner",
    "IT Manager",
    "Director of Product",
    "Chief Financial Officer",
    "Learning Lead",
    "Support Manager",
]
