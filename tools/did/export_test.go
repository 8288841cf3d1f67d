package did

// MaskContact is for the forms of contacts that no exchange of the tests
// accepts.
func MaskContact(contact string) string { return maskContact(contact) }
