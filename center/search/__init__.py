"""The search over everything that the city keeps: cases, components, places, codes, laws and units."""
