package tcxc

import (
	"html"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"didops/internal/fault"
	"didops/internal/redact"
	"didops/internal/sanitize"
)

// clockLimit is the difference of clocks beyond which a refused signature is
// put down to it.
const clockLimit = 30 * time.Second

// readError is why one try to read came to nothing.
type readError struct {
	fault *fault.Error
	retry bool          // another try may fare better
	after time.Duration // not before this; 0: not said
	gone  bool          // HTTP 404: no such path
}

func (e *readError) Error() string { return e.fault.Error() }
func (e *readError) Unwrap() error { return e.fault }

// refused explains an envelope whose status is not "success", in the
// exchange's words. A failed authentication has a status, a field and a
// wording of its own: {"status":"fail","error":"Wrong signature"}.
func (c *Client) refused(a answer, env envelope, s signed) *fault.Error {
	words := quote(either(env.message, env.failure), s.secrets)
	low := strings.ToLower(env.message + " " + env.failure)
	if wrongSignature(env) || (env.status == "fail" && authWords.MatchString(low)) {
		return c.unauthorized(a, words)
	}
	switch {
	case words != "":
		return fault.New(fault.Refused, "the exchange refused: %s", words)
	case env.status == "":
		return fault.New(fault.Refused, "the exchange answered without a status")
	}
	return fault.New(fault.Refused, "the exchange answered with the status %s", quote(env.status, s.secrets))
}

// wrongSignature reports the one failure of authentication that the document
// knows, in its words.
func wrongSignature(env envelope) bool {
	return strings.Contains(strings.ToLower(env.message+" "+env.failure), "wrong signature")
}

// authWords are the words of what looks like a failed authentication, in lower
// case. They are whole words: "Turkey" names no key. "Access" is none of them:
// an account without access to something has good credentials.
var authWords = regexp.MustCompile(`\b(signatures?|login|auth|authentication|authori[sz]ation|unauthori[sz]ed|(api_?)?keys?|credentials?|passwords?)\b`)

// unauthorized explains refused credentials. A wrong key, a wrong login and a
// clock that is off all look the same from outside, so the clocks are
// compared.
func (c *Client) unauthorized(a answer, words string) *fault.Error {
	e := fault.New(fault.Unauthorized, "the exchange refused our credentials: %s", words).
		WithHint("check api_login and api_key")
	ahead, ok := a.skew(c.opt.Now())
	switch {
	case c.opt.Auth != Signature || !ok || ahead.Abs() <= clockLimit:
		return e
	case ahead > 0:
		return e.WithHint("this machine's clock is %s behind the exchange's: set it right", ahead)
	}
	return e.WithHint("this machine's clock is %s ahead of the exchange's: set it right", -ahead)
}

func tooMany(after time.Duration) *fault.Error {
	e := fault.New(fault.RateLimited, "the exchange asks for fewer requests (HTTP 429)").
		WithHint("wait, or set [exchange] requests_per_second lower")
	e.RetryAfter = after
	return e
}

// quote returns the exchange's words, cleaned, in quotation marks; "" for
// none. Secrets of the request that they repeat are masked, and whatever has
// the shape of a credential, such as an SMPP address.
func quote(words string, secrets []string) string {
	var forms []string
	for _, secret := range secrets {
		// PHP writes a slash in JSON with a backslash before it.
		forms = append(forms, secret, url.QueryEscape(secret), html.EscapeString(secret), strings.ReplaceAll(secret, "/", `\/`))
	}
	slices.SortFunc(forms, func(a, b string) int { return len(b) - len(a) }) // an address before the password in it
	for _, form := range forms {
		if form != "" {
			words = strings.ReplaceAll(words, form, redact.Mask)
		}
	}
	words = smppAddress.ReplaceAllString(words, "${1}"+redact.Mask)
	clean := sanitize.Clean(redact.Text(sanitize.Clean(words, len(words))), 200)
	if clean == "" {
		return ""
	}
	return `"` + strings.ReplaceAll(clean, `"`, "'") + `"` // nothing in it ends the quotation
}

// smppAddress is an address of which nobody knows where its password ends.
var smppAddress = regexp.MustCompile(`(?i)(smpps?:)\s*\S+`)

// asFault returns the fault in err, or an internal one around it.
func asFault(err error) *fault.Error {
	if f, ok := fault.As(err); ok {
		return f
	}
	return fault.New(fault.Internal, "the request could not be made").WithCause(err)
}
