package did

// MaskContact is for the forms of contacts that no exchange of the tests
// accepts.
func MaskContact(contact string) string { return maskContact(contact) }

// ShownAddress is for the addresses that no quote of the tests holds.
func ShownAddress(scheme, address string) string { return shownAddress(scheme, address) }
