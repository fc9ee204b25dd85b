"""Pure: may this person do this here and now. Time and facts come in as arguments."""
