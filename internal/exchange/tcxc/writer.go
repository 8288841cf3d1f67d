package tcxc

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"

	"didops/internal/exchange"
	"didops/internal/fault"
	"didops/internal/request"
	"didops/internal/sanitize"
)

// Writer buys, re-routes and gives up numbers. Each call sends exactly one
// request that could change something; with Digest a read fetches the nonce
// before. Safe for concurrent use.
//
// A nil error means that the exchange answered "success"; whether it is true
// is for a read to show. Otherwise the error is a fault:
//
//   - Invalid: the parameters can't be right; nothing was sent.
//   - Unavailable, Unauthorized, RateLimited, marked [fault.ErrNothingDone]:
//     no connection was made, its time was over before it left, or the exchange
//     turned the request away unread (HTTP 429, and HTTP 401 with a
//     challenge). It may be sent again; after RateLimited only if a reading does
//     not show it carried out, because gateways answer so to what went through.
//   - Refused, and Unauthorized without the mark: the exchange said no, in the
//     words quoted, which proves nothing.
//   - UnknownOutcome: the request may have left, and no answer came that can
//     be trusted. It must not be sent again, but looked for in the lists.
type Writer struct{ c *Client }

// Purchase buys the number p.ID.
func (w *Writer) Purchase(ctx context.Context, p exchange.Purchase) error {
	return w.once(ctx, opPurchase, purchaseForm(p))
}

// Update sets both routing addresses of the purchased number u.ID.
func (w *Writer) Update(ctx context.Context, u exchange.Update) error {
	return w.once(ctx, opUpdate, updateForm(u))
}

// Unsubscribe gives the purchased number with this id back to the market.
// That can't be undone.
func (w *Writer) Unsubscribe(ctx context.Context, id string) error {
	return w.once(ctx, opUnsubscribe, unsubscribeForm{id})
}

// SendMessage writes to a seller, and returns the number that the exchange gives
// the message. A success without one is an UnknownOutcome.
func (w *Writer) SendMessage(ctx context.Context, m exchange.Message) (string, error) {
	env, err := w.answered(ctx, opMessage, messageForm(m))
	id := sanitize.Clean(env.receipt, 40)
	if err == nil && id == "" {
		err = unknown(opMessage, errNoReceipt)
		w.c.opt.Failed(opMessage.method().name, fault.CodeOf(err))
	}
	return id, err
}

// errNoReceipt is the error of a success that does not say of what.
var errNoReceipt = errors.New("success without the number of a message")

// writeForm is a form that is checked before it leaves.
type writeForm interface {
	form
	check() error
}

// once sends one request, over a connection of its own, and judges the
// answer. Nothing here repeats.
func (w *Writer) once(ctx context.Context, op operation, f writeForm) error {
	_, err := w.answered(ctx, op, f)
	return err
}

// answered is once with what the exchange said.
func (w *Writer) answered(ctx context.Context, op operation, f writeForm) (envelope, error) {
	if err := f.check(); err != nil {
		return envelope{}, err
	}
	env, err := w.sent(ctx, op, f)
	if err != nil {
		w.c.opt.Failed(op.method().name, fault.CodeOf(err))
	}
	return env, err
}

func (w *Writer) sent(ctx context.Context, op operation, f form) (envelope, error) {
	c := w.c
	s, err := w.sign(ctx, op, f)
	if err == nil && request.Late(ctx, c.opt.Now()) {
		err = errLate
	}
	if err != nil {
		return envelope{}, nothingDone(op, err)
	}
	var connected atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn: func(httptrace.GotConnInfo) { connected.Store(true) },
	})
	a, err := c.send(ctx, c.writes, s, 1, nil)
	switch {
	case errors.Is(err, errLate):
		return envelope{}, nothingDone(op, errLate)
	case err != nil && !connected.Load() && certificate(err) != nil:
		return envelope{}, nothingDone(op, certificate(err))
	case err != nil && !connected.Load():
		return envelope{}, nothingDone(op, fault.New(fault.Unavailable, "no connection to the exchange was made").WithCause(err))
	case err != nil:
		return envelope{}, unknown(op, err)
	}
	return w.judge(op, a, s)
}

// sign waits for the rate limit and signs the request.
func (w *Writer) sign(ctx context.Context, op operation, f form) (signed, error) {
	c := w.c
	var n nonces
	if c.opt.Auth == Digest {
		err := c.retry(ctx, "challenge", func(try int) error { return c.challenge(ctx, &n, try) })
		if err != nil {
			return signed{}, err
		}
	}
	if err := c.wait(ctx); err != nil {
		return signed{}, err
	}
	s, _, err := c.prepare(op, op.path(c.opt.Style), f, &n)
	return s, err
}

// judge returns what an answer proves.
func (w *Writer) judge(op operation, a answer, s signed) (envelope, error) {
	c := w.c
	switch {
	case a.status == http.StatusUnauthorized && a.header.Get("WWW-Authenticate") != "":
		return envelope{}, nothingDone(op, w.turnedAway(a))
	case a.status == http.StatusUnauthorized:
		// Not as RFC 9110, section 15.5.2, has it: nobody knows who says so, or when.
		return envelope{}, fmt.Errorf("%s: %w", op.method().name, c.unauthorized(a, "HTTP 401"))
	case a.status == http.StatusTooManyRequests:
		return envelope{}, nothingDone(op, tooMany(a.retryAfter(c.opt.Now())))
	case a.status/100 != 2 && a.status/100 != 4:
		return envelope{}, unknown(op, a.excerpt(s))
	}
	env, err := decodeEnvelope(a.body)
	switch {
	case err != nil:
		return envelope{}, unknown(op, fmt.Errorf("%w; %w", err, a.excerpt(s)))
	case env.status == statusSuccess && a.status/100 == 2:
		return env, nil
	case env.status != "error" && env.status != "fail":
		return envelope{}, unknown(op, a.excerpt(s))
	}
	return envelope{}, w.refusal(op, c.refused(a, env, s))
}

// refusal is the error of a request that was turned down in words.
func (w *Writer) refusal(op operation, f *fault.Error) error {
	if op == opMessage && w.c.opt.Auth == Signature && f.Code == fault.Unauthorized {
		f = f.WithHint("the exchange documents messages for HTTP Digest only: set [exchange] auth = \"digest\", and url to its host for it")
	}
	return fmt.Errorf("%s: %w", op.method().name, f)
}

// turnedAway explains a 401. A nonce that grew old between the read and the
// write says nothing about the credentials.
func (w *Writer) turnedAway(a answer) *fault.Error {
	if w.c.opt.Auth == Digest {
		var n nonces
		if stale, err := n.learn(a.header, ""); err == nil && stale {
			return fault.New(fault.Unavailable, "the exchange's nonce grew old before the request arrived")
		}
	}
	return w.c.unauthorized(a, "HTTP 401")
}

// nothingDone marks an error that came before the exchange could do anything.
func nothingDone(op operation, err error) error {
	f, ok := fault.As(err)
	if !ok {
		f = fault.New(fault.Unavailable, "the request was not sent").WithCause(err)
	}
	if f.Err == nil {
		f = f.WithCause(fault.ErrNothingDone)
	} else {
		f = f.WithCause(fmt.Errorf("%w: %w", fault.ErrNothingDone, f.Err))
	}
	return fmt.Errorf("%s: %w", op.method().name, f)
}

// lookUp says what to do where it is not known whether op was carried out.
func lookUp(op operation) string {
	if op == opMessage {
		return "do not send it again: look for it in the exchange's portal"
	}
	return "do not send it again: look the number up in the lists"
}

// unknown is the error of a request whose effect only the lists can show.
func unknown(op operation, err error) error {
	f := fault.New(fault.UnknownOutcome, "the exchange gave no answer that can be trusted; it may have carried out the %s", op.method().name).
		WithHint("%s", lookUp(op)).WithCause(err)
	return fmt.Errorf("%s: %w", op.method().name, f)
}
