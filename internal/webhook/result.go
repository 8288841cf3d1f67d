package webhook

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"syscall"
	"time"

	"didops/internal/deadline"
)

// Kind is what a [Result] means for the message.
type Kind uint8

// The kinds.
const (
	Delivered Kind = iota + 1 // the receiver has it
	Failed                    // it may or may not have it: try again
	Refused                   // nothing was sent: the address may not be dialled, as long as the name leads there
	Gone                      // the receiver wants no message any more
)

// String returns the kind as metrics and reports name it.
func (k Kind) String() string {
	switch k {
	case Delivered:
		return "delivered"
	case Failed:
		return "failed"
	case Refused:
		return "refused"
	case Gone:
		return "gone"
	}
	return "unknown"
}

// Result is what came of one request.
type Result struct {
	Kind   Kind
	Status int           // of HTTP; 0 = there was no answer
	Took   time.Duration // until the answer was there, or was not waited for
	Wait   time.Duration // for which the receiver asked; 0 = it did not
	Why    string        // what is wrong, for people, without words of the receiver; "" = nothing
	Remedy string        // what to do about it
	Err    error         // the cause, for logs; without the address
}

// answered says what a status means. Only 2xx is a yes.
func (c *Client) answered(got reply, now time.Time) Result {
	r := Result{Kind: Failed, Status: got.status, Wait: wait(got.after, now)}
	said := func(why, remedy string) Result {
		r.Why, r.Remedy = fmt.Sprintf("it answered HTTP %d: %s", got.status, why), remedy
		return r
	}
	switch {
	case got.status < 300:
		r.Kind, r.Wait = Delivered, 0
		return r
	case got.status < 400:
		return said("it is elsewhere, and redirects are not followed", "set url to the address itself")
	case got.status == http.StatusGone:
		r.Kind = Gone
		return said("it wants no events any more", "mend the receiver and send it a test, or change or remove its settings")
	case got.status == http.StatusUnauthorized || got.status == http.StatusForbidden:
		return said("it does not let the event in", "give the receiver this secret, and see that it checks the bytes of the body as they came, with a clock that is right")
	case got.status == http.StatusNotFound || got.status == http.StatusMethodNotAllowed:
		return said("there is nothing that takes events", "look at the path of url; events are sent by POST")
	case got.status == http.StatusTooManyRequests:
		return said("that is too many for it", "let the receiver take more, or name fewer under events")
	case got.status < 500:
		return said("it does not understand the event", "look at the log of the receiver")
	}
	return said("it is in trouble itself", "look at the log of the receiver")
}

// unanswered says why there was no answer.
func (c *Client) unanswered(err error) Result {
	r := Result{Kind: Failed, Err: err}
	said := func(why, remedy string) Result {
		r.Why, r.Remedy = why, remedy
		return r
	}
	host := c.to.Hostname()
	dns, unresolved := errors.AsType[*net.DNSError](err)
	_, noTLS := errors.AsType[tls.RecordHeaderError](err)
	switch {
	case refused(err):
		r.Kind = Refused
		if c.to.Scheme == "http" {
			return said("nothing was sent: the address of "+host+" is not in private, and http is for those alone", `use https, or name its range under private, as in private = ["192.0.2.0/24"]`)
		}
		return said("nothing was sent: the address of "+host+" is not public, and not in private", `name its range under private, as in private = ["192.0.2.0/24"], if it is meant to be there`)
	case errors.Is(err, context.Canceled):
		return said("it was given up", "try again")
	case unresolved && dns.IsNotFound:
		return said("there is no host "+host, "look at url, and at the DNS of this machine")
	case unresolved:
		return said("the DNS does not say where "+host+" is", "look at the DNS of this machine")
	case errors.Is(err, context.DeadlineExceeded) || timeout(err):
		return said("there was no answer within "+Timeout.String(), "let the receiver answer at once and work later; look whether a firewall is in between")
	case noTLS:
		return said("what answers there does not speak TLS", "look at the port of url")
	case errors.Is(err, syscall.ECONNREFUSED):
		return said("nothing listens there", "start the receiver, or look at host and port of url")
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return said("it hung up without an answer", "look at the log of the receiver")
	case errors.Is(err, deadline.ErrUnexpected):
		return said("what answers there does not speak HTTP", "look at the port of url")
	}
	if why := untrusted(err); why != "" {
		return said(why, "have it show a certificate for its name, with the chain, of an authority that this machine trusts")
	}
	return said("it can't be reached", "look at url, and at the network of this machine")
}

func timeout(err error) bool {
	t, ok := errors.AsType[net.Error](err)
	return ok && t.Timeout()
}

// untrusted says why a certificate does not count; "" where it is not about one.
func untrusted(err error) string {
	if wrong, ok := errors.AsType[x509.CertificateInvalidError](err); ok && wrong.Reason == x509.Expired {
		return "its certificate is out of date, or the clock of this machine is wrong"
	}
	if _, ok := errors.AsType[x509.HostnameError](err); ok {
		return "its certificate is for another name"
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return "its certificate is of an authority that this machine does not trust"
	}
	return ""
}
