package store

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"didops/internal/fault"
	"didops/internal/transaction"
)

// Codes of errors that are found without the server's saying so as well.
const (
	denied   = "42501"
	readOnly = "25006"
)

// failure implements engine.
func (p *postgres) failure(ctx context.Context, what string, err error) error {
	if err == nil || errors.Is(err, transaction.ErrNone) {
		return err
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if _, ok := fault.As(err); ok {
		return err
	}
	err = fmt.Errorf("%s: %w", what, err)
	if answer, ok := errors.AsType[*pgconn.PgError](err); ok {
		return p.answered(answer.Code, err)
	}
	var connect *pgconn.ConnectError
	var network net.Error
	switch {
	case errors.Is(err, errReplaced):
		return p.vanished(err)
	case errors.As(err, &connect):
		return p.unconnected(err)
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded), errors.As(err, &network), pgconn.SafeToRetry(err), cut(err):
		return p.later("does not answer", "Try again; if this stays, look at the server and the network in between.", err)
	}
	return err
}

// cut reports whether a connection came to an end in the midst.
func cut(err error) bool {
	text := err.Error() // the driver has no name for it
	return strings.Contains(text, "unexpected EOF") || strings.Contains(text, "conn closed") || strings.Contains(text, "bad connection")
}

// stale reports whether a connection had come to its end before it was used,
// and no new one was refused.
func stale(err error) bool {
	var connect *pgconn.ConnectError
	var answer *pgconn.PgError
	var network *net.OpError
	switch {
	case errors.As(err, &connect), errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return false
	case errors.As(err, &answer):
		return strings.HasPrefix(answer.Code, "57P") // the server has ended the session
	}
	return pgconn.SafeToRetry(err) || errors.As(err, &network) || cut(err)
}

// later is the fault of something that may be gone in a moment.
func (p *postgres) later(is, hint string, err error) error {
	e := p.faulty(is, hint, err)
	e.RetryAfter = time.Second
	return e
}

// faulty is the fault of something that somebody must see to.
func (p *postgres) faulty(is, hint string, err error) *fault.Error {
	return fault.New(fault.Unavailable, "the store of orders in %s %s", p.place, is).WithHint("%s", hint).WithCause(err)
}

// vanished is the fault of a store whose tables were dropped under way. The
// next transaction opens it anew.
func (p *postgres) vanished(err error) error {
	p.gone.Store(true)
	return p.faulty("has lost its tables", "Put a backup in place. To begin anew without it, start didops again.", err)
}

// answered says what an error of the server means.
func (p *postgres) answered(code string, err error) error {
	if f := p.betweenUs(code, err); f != nil {
		return f
	}
	user := p.config.User
	switch code {
	case "28P01", "28000":
		return p.faulty("does not let the user "+user+" in", "Correct user and password in store.url, or see pg_hba.conf of the server.", err)
	case "3D000":
		return p.faulty("does not exist", "Create the database, owned by "+user+", or correct its name in store.url.", err)
	case denied:
		return p.faulty("denies the user "+user+" what is needed", "Let "+user+" own the database, or give it CREATE and USAGE on its schema and let it own the tables.", err)
	case readOnly:
		return p.later("can be read only", "Name the server that may be written, or add target_session_attrs=read-write to the hosts in store.url.", err)
	case "42P07", "42723":
		return p.faulty("is a database of another program", "Create a database for didops alone.", errors.Join(errForeign, err))
	case "42P01", "42703":
		return p.vanished(err)
	case "55P03":
		return p.later("is busy", "Try again; if this stays, look for a didops process that hangs.", err)
	case "53300":
		return p.later("has no connection left", "Raise max_connections of the server, or end what holds its connections: a didops takes up to 10.", err)
	case "53100":
		return p.faulty("has no room left", "Make room on the disk of the server.", err)
	case "XX001", "XX002":
		return fault.New(fault.Unavailable, "the store of orders in %s is damaged", p.place).
			WithHint("Put a backup of it in its place.").WithCause(err)
	}
	switch class := code[:min(2, len(code))]; {
	case class == "08", class == "57", code == "25P03": // the server ends or begins, or has ended what took too long
		return p.later("has cut the connection", "Try again; if this stays, look at the server.", err)
	case class == "53":
		return p.later("has run out of something", "See the log of the server.", err)
	}
	return err
}

// unconnected says why there is no connection.
func (p *postgres) unconnected(err error) error {
	var lookup *net.DNSError
	var signer x509.UnknownAuthorityError
	var name x509.HostnameError
	var invalid x509.CertificateInvalidError
	var verify *tls.CertificateVerificationError
	switch text := err.Error(); {
	case errors.Is(err, syscall.ECONNREFUSED), errors.Is(err, syscall.ENOENT):
		return p.later("refuses connections", "See that PostgreSQL runs there and listens on that address.", err)
	case errors.As(err, &lookup):
		return p.later("can't be found", "Correct the host in store.url, or see that its name can be looked up.", err)
	case errors.As(err, &signer):
		return p.faulty("shows a certificate that nobody known has signed", "Name the file of its authority: sslrootcert=/path/to/ca.pem in store.url.", err)
	case errors.As(err, &name):
		return p.faulty("shows the certificate of another host", "Use the host name of the certificate in store.url.", err)
	case errors.As(err, &invalid), errors.As(err, &verify):
		return p.faulty("shows a certificate that is not valid", "Renew the certificate of the server.", err)
	case strings.Contains(text, "server refused TLS connection"):
		return p.faulty("does not speak TLS", "Switch ssl on at the server; sslmode=disable in store.url is for a network that nobody else is on.", err)
	case strings.Contains(text, "read only"), strings.Contains(text, "not primary"):
		return p.later("can be read only", "None of the hosts in store.url may be written at the moment.", err)
	}
	return p.later("can't be reached", "See that PostgreSQL runs there, and that the network lets connections through.", err)
}
