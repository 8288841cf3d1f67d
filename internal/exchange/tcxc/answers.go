package tcxc

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"mime"
	"net/http"

	"didops/internal/deadline"
	"didops/internal/fault"
	"didops/internal/sanitize"
)

// What a person can do about answers that do not say what is wrong.
const (
	hintLater     = "the exchange, or a gateway before it, has a fault or is being maintained: try again in a few minutes; if it lasts, ask the exchange's support"
	hintForbidden = "it does not say why: this machine's address may not be on the exchange's list of allowed ones, a proxy or firewall on the way may forbid it, or api_login and api_key are not accepted"
	hintRefused   = "this machine's address may not be on the exchange's list of allowed ones, or the account may not do this: ask the exchange's support"
	hintProxy     = "a proxy on the way asks for credentials: put them into HTTPS_PROXY (http://user:password@host:port), or name the exchange's host in NO_PROXY"
	hintNotJSON   = "it may be under maintenance, or a proxy or login page answered in its place: try again in a few minutes; if it lasts, check [exchange] url and style"
)

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
		return &readError{retry: true, fault: fault.New(fault.Unavailable, "the exchange did not answer within %s", c.opt.Timeout).
			WithHint("try again in a few minutes; if it lasts, set [exchange] timeout higher")}
	case err.Error() == http.StatusText(http.StatusProxyAuthRequired): // net/http has no other mark of it
		return &readError{fault: fault.New(fault.Unavailable, "the exchange can't be reached: HTTP 407").WithHint(hintProxy).WithCause(err)}
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
	case a.status == http.StatusUnauthorized:
		return &readError{fault: c.unauthorized(a, "HTTP 401")}
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
		return &readError{fault: c.turnedDown(a, s)}
	}
	return &readError{retry: true, after: a.retryAfter(c.opt.Now()), fault: answered(a, s, hintLater)}
}

// turnedDown explains a status of 4xx. Whether the exchange itself said no is
// known by its own JSON alone: the page of a firewall, of a proxy or of a list
// of allowed addresses proves nothing about the credentials.
func (c *Client) turnedDown(a answer, s signed) *fault.Error {
	hint := "check [exchange] url and style"
	switch a.status {
	case http.StatusForbidden:
		hint = hintForbidden
	case http.StatusProxyAuthRequired:
		hint = hintProxy
	}
	env, err := decodeEnvelope(a.body)
	switch {
	case err != nil, env.status == statusSuccess:
		return answered(a, s, hint)
	case a.status == http.StatusForbidden && env.status == "":
		words := quote(either(env.message, env.failure), s.secrets)
		if words == "" {
			return answered(a, s, hint)
		}
		return fault.New(fault.Unavailable, "the exchange answered HTTP 403: %s", words).WithHint("%s", hint)
	}
	f := c.refused(a, env, s)
	if a.status == http.StatusForbidden && f.Code == fault.Refused {
		return f.WithHint("%s", hintRefused)
	}
	return f
}

// answered explains a status that brought nothing of the exchange's own.
func answered(a answer, s signed, hint string) *fault.Error {
	return fault.New(fault.Unavailable, "the exchange answered HTTP %d%s", a.status, a.kind()).
		WithHint("%s", hint).WithCause(a.excerpt(s))
}

// kind names what came instead of JSON, as the rest of a sentence; "" where
// that is nothing that a person knows by name.
func (a answer) kind() string {
	media, _, _ := mime.ParseMediaType(a.header.Get("Content-Type"))
	switch {
	case len(bytes.TrimSpace(a.body)) == 0:
		return " and nothing else"
	case media == "text/html" || bytes.HasPrefix(bytes.TrimSpace(a.body), []byte("<")):
		return " with a web page"
	}
	return ""
}

// garbled explains an answer that is not the JSON it should be.
func garbled(a answer, s signed, err error) *readError {
	what := "the exchange sent something other than JSON"
	switch kind := a.kind(); {
	case len(bytes.TrimSpace(a.body)) == 0:
		what = "the exchange sent an empty answer"
	case kind != "":
		what += ": a web page"
	}
	return &readError{
		retry: true,
		fault: fault.New(fault.Unavailable, "%s", what).WithHint(hintNotJSON).WithCause(fmt.Errorf("%w; %w", err, a.excerpt(s))),
	}
}

// excerpt describes an unexpected answer for the log. A piece of the purchased
// list or of a history is not quoted: where calls go, and who calls whom, is
// nobody's business there.
func (a answer) excerpt(s signed) error {
	media, _, _ := mime.ParseMediaType(a.header.Get("Content-Type"))
	words := "(left out: it is a piece of the list of numbers)"
	switch {
	case s.use:
		words = "(left out: it is a piece of a history)"
	case !bytes.Contains(a.body, []byte(`"contact"`)):
		words = quote(string(a.body), s.secrets)
	}
	return fmt.Errorf("HTTP %d, %s, %d bytes: %s", a.status, sanitize.Clean(media, 40), len(a.body), words)
}
