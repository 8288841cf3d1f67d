package config

import (
	"fmt"
	"io"
	"log/slog"
)

// masked is what every way out of the program shows of a secret.
const masked = "***"

// Secret is a text that is never shown: every verb of fmt, JSON, TOML, slog
// and zerolog write "***" for it, and "" when it is not set. The zero Secret
// is not set.
//
// The text lies behind a pointer because fmt ignores Format for the verb %p.
type Secret struct{ text *string }

// NewSecret returns a secret that holds text, unset for "".
func NewSecret(text string) Secret {
	if text == "" {
		return Secret{}
	}
	return Secret{&text}
}

// Reveal returns the text. It is the only way to it.
func (s Secret) Reveal() string {
	if s.text == nil {
		return ""
	}
	return *s.text
}

// IsSet reports whether s holds a text.
func (s Secret) IsSet() bool { return s.text != nil }

// String returns "***", or "" when s is not set.
func (s Secret) String() string {
	if !s.IsSet() {
		return ""
	}
	return masked
}

// GoString returns what String returns.
func (s Secret) GoString() string { return s.String() }

// Format writes what String returns, whatever the verb.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, s.String()) }

// MarshalText returns what String returns.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// MarshalJSON returns what String returns, quoted.
func (s Secret) MarshalJSON() ([]byte, error) { return []byte(`"` + s.String() + `"`), nil }

// LogValue returns what String returns.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }
