package identity

import "fmt"

// Strength is how strongly a decision proves that a person made it. A greater
// one proves what a lesser one does; the zero Strength is not known.
type Strength uint8

// The strengths.
const (
	Dialog  Strength = iota + 1 // the dialog of an MCP client
	Click                       // a terminal, a button, a form of the page
	Passkey                     // a WebAuthn assertion with user verification over the quote
)

// String returns the strength as the configuration spells it.
func (s Strength) String() string {
	switch s {
	case Dialog:
		return "dialog"
	case Click:
		return "click"
	case Passkey:
		return "passkey"
	}
	return "unknown"
}

// MarshalText implements [encoding.TextMarshaler].
func (s Strength) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText implements [encoding.TextUnmarshaler].
func (s *Strength) UnmarshalText(text []byte) error {
	for _, known := range []Strength{Dialog, Click, Passkey} {
		if known.String() == string(text) {
			*s = known
			return nil
		}
	}
	return fmt.Errorf("%q is no strength of a decision", text)
}
