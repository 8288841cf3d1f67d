package tcxc

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"html"
	"mime"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"didops/internal/deadline"
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

// lost explains a request without an answer, or whose answer broke off.
func (c *Client) lost(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if f := certificate(err); f != nil {
		return &readError{fault: f}
	}
	switch {
	case errors.Is(err, errTooLarge):
		return &readError{fault: fault.New(fault.Unavailable, "the exchange sent a page of more than 32 MiB").
			WithHint("set [exchange] page_size lower").WithField("page_size").WithCause(err)}
	case errors.Is(err, deadline.ErrUnexpected):
		return &readError{retry: true, fault: fault.New(fault.Unavailable, "the exchange, or a proxy before it, sent something that is no answer").
			WithHint("check [exchange] url, and what HTTPS_PROXY names").WithCause(err)}
	case errors.Is(err, context.DeadlineExceeded):
		return &readError{retry: true, fault: fault.New(fault.Unavailable, "the exchange did not answer within %s", c.opt.Timeout)}
	}
	return &readError{retry: true, fault: fault.New(fault.Unavailable, "the exchange can't be reached").
		WithHint("check [exchange] url, and that this machine may connect to it").WithCause(err)}
}

// certificate explains a certificate that was refused; nil for another error.
func certificate(err error) *fault.Error {
	if _, bad := errors.AsType[*tls.CertificateVerificationError](err); !bad {
		return nil
	}
	is, hint := "is not valid", "if a proxy of yours stands in between, let this machine trust its authority"
	_, stranger := errors.AsType[x509.UnknownAuthorityError](err)
	_, other := errors.AsType[x509.HostnameError](err)
	invalid, bad := errors.AsType[x509.CertificateInvalidError](err)
	switch {
	case stranger:
		is = "is signed by nobody whom this machine trusts"
	case other:
		is, hint = "is that of another host", "check the host in [exchange] url"
	case bad && invalid.Reason == x509.Expired:
		is, hint = "has expired or is not valid yet", "check this machine's clock; else the exchange has to renew it"
	}
	return fault.New(fault.Unavailable, "the certificate of the exchange %s", is).WithHint("%s", hint).WithCause(err)
}

// rejected explains an answer with an HTTP status other than 2xx.
func (c *Client) rejected(a answer, s signed) error {
	switch {
	case a.status == http.StatusUnauthorized, a.status == http.StatusForbidden:
		return &readError{fault: c.unauthorized(a, fmt.Sprintf("HTTP %d", a.status))}
	case a.status == http.StatusTooManyRequests:
		after := a.retryAfter(c.opt.Now())
		return &readError{retry: true, after: after, fault: tooMany(after)}
	case a.status == http.StatusNotFound:
		return &readError{gone: true, fault: fault.New(fault.Unavailable, "the exchange has no %s", s.path).
			WithHint("check [exchange] url and style")}
	case a.status/100 == 3:
		return &readError{fault: fault.New(fault.Unavailable, "the exchange redirects to another address (HTTP %d), which is not followed", a.status).
			WithHint("set [exchange] url to the address that answers")}
	case a.status/100 == 4 && a.status != http.StatusRequestTimeout:
		if env, err := decodeEnvelope(a.body); err == nil && env.status != statusSuccess {
			return &readError{fault: c.refused(a, env, s)}
		}
		return &readError{fault: fault.New(fault.Unavailable, "the exchange answered HTTP %d", a.status).WithCause(a.excerpt(s))}
	}
	return &readError{
		retry: true, after: a.retryAfter(c.opt.Now()),
		fault: fault.New(fault.Unavailable, "the exchange answered HTTP %d", a.status).WithCause(a.excerpt(s)),
	}
}

// garbled explains an answer that is not the JSON it should be.
func garbled(a answer, s signed, err error) *readError {
	return &readError{
		retry: true,
		fault: fault.New(fault.Unavailable, "the exchange sent something other than JSON").
			WithCause(fmt.Errorf("%w; %w", err, a.excerpt(s))),
	}
}

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
	case soldWords.MatchString(low):
		return fault.New(fault.Refused, "the exchange refused: %s", words).WithCause(fault.ErrSold)
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

// soldWords are the words of the document for a number that somebody has
// bought: "This DID can not be purchased, it has been already sold".
var soldWords = regexp.MustCompile(`\b(already|been) sold\b`)

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

// excerpt describes an unexpected answer for the log. A piece of the purchased
// list is not quoted: where calls go is nobody's business there.
func (a answer) excerpt(s signed) error {
	media, _, _ := mime.ParseMediaType(a.header.Get("Content-Type"))
	words := "(left out: it is a piece of the list of numbers)"
	if !bytes.Contains(a.body, []byte(`"contact"`)) {
		words = quote(string(a.body), s.secrets)
	}
	return fmt.Errorf("HTTP %d, %s, %d bytes: %s", a.status, sanitize.Clean(media, 40), len(a.body), words)
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
