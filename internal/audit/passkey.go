package audit

// Passkey is a passkey of a person, as the trail names it. Its bytes are base64url
// without padding.
type Passkey struct {
	Credential string `json:"credential"` // id
	Person     string `json:"person"`
	PublicKey  string `json:"public_key,omitempty"` // COSE
}
