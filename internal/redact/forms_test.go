package redact_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"didops/internal/redact"
)

// TestMaskingTwice holds that masking what was masked changes nothing, in
// texts made of what the rules look for.
func TestMaskingTwice(t *testing.T) {
	t.Parallel()
	part := rapid.SampledFrom([]string{
		"password", "pass", "api key", "secret", "token", "key", "signature", "pin", "cookie", "authorization", "login", "bearer", "smpp", "curl -u", "mysql", "team", "is", "for", "none", "see", "Santa", "geheim9", "AbCdEf123456", "4711", "5", "EUR",
		" ", " ", " ", ":", "=", "-", ",", "/", ";", ".", "@", "smpp.example.net", "example.com", "\"", "'", "`", "**", "***", "\n", "→", "{", "}", "%3A", "&#58;", "?code=", "--", "-p", "https://",
	})
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(rapid.SliceOfN(part, 1, 14).Draw(t, "parts"), "")
		once := redact.Text(text)
		if again := redact.Text(once); again != once {
			t.Errorf("got %q of %q, masked again %q", once, text, again)
		}
	})
}
