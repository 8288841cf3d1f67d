package sandbox

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// anotherBuyer holds what was sold meanwhile. No login is empty.
const anotherBuyer = ""

// purchase sells the number named by i_did to the caller.
func (x *exchange) purchase(ctx context.Context, b []byte) []byte {
	all, err := x.server.load()
	if err != nil {
		return x.failed(b, err)
	}
	account, ok := positive(x.form.Get("billing_i_account"))
	o, found := x.server.offer(all.market, x.form.Get("i_did"))
	if !found || !ok || !o.route(x.form) {
		return appendStatus(b, "error", textError)
	}
	o.account, o.bought, o.buyer = account, x.now.UTC(), x.server.options.Login
	if _, ok := x.faults.get(Nothing); ok {
		return appendStatus(b, "success", textPurchased)
	}
	if _, ok := x.faults.get(Other); ok {
		if o, ok = x.another(ctx, all.market, o); !ok {
			return appendStatus(b, "error", textError)
		}
	}
	x.divert(&o)
	err = x.server.state.buy(ctx, o)
	switch {
	case errors.Is(err, errSold):
		return appendStatus(b, "error", textSold)
	case err != nil:
		return x.failed(b, err)
	}
	return appendStatus(b, "success", textPurchased)
}

// offer returns the number with that i_did as it would be sold.
func (s *Server) offer(m *market, id string) (holding, bool) {
	n, ok := positive(id)
	if !ok {
		return holding{}, false
	}
	if k, ok := m.rowOf(n); ok {
		return s.offerOf(m, k)
	}
	k, ok := m.rowOf(n - idModulus)
	if !ok {
		return holding{}, false
	}
	o, ok := s.offerOf(m, k)
	o.id = n
	return o, ok && s.twins.current()[o.number]
}

// offerOf returns row k as it would be sold.
func (s *Server) offerOf(m *market, k int) (holding, bool) {
	var r row
	m.fill(&r, k)
	if r.nexmo {
		return holding{}, false
	}
	s.prices.current().apply(&r)
	return holding{facts: r.facts(), id: r.id, number: r.number()}, true
}

// update replaces both contacts of an own number. A contact that its features
// don't need may be left out, which empties it.
func (x *exchange) update(ctx context.Context, b []byte) []byte {
	o, ok, err := x.own(ctx, x.form.Get("edit"))
	if err != nil {
		return x.failed(b, err)
	}
	was := o.smpp
	if !ok || !o.route(x.form) {
		return appendStatus(b, "error", textError)
	}
	if _, ok := x.faults.get(Nothing); ok {
		return appendStatus(b, "success", textUpdated)
	}
	if _, ok := x.faults.get(Half); ok {
		o.smpp = was
	}
	x.divert(&o)
	return x.settled(b, x.server.state.route(ctx, o, x.now), textUpdated)
}

// divert sends the calls of a number elsewhere, where a fault says so.
func (x *exchange) divert(o *holding) {
	if f, ok := x.faults.get(Elsewhere); ok {
		o.contact = elsewhere(o.contact, orElse(f.Text, "elsewhere.example.net"))
	}
}

// unsubscribe gives an own number back. It reads the parameter "unsubscribe"
// only, not the "I_did" of the document's table.
func (x *exchange) unsubscribe(ctx context.Context, b []byte) []byte {
	o, ok, err := x.own(ctx, x.form.Get("unsubscribe"))
	switch {
	case err != nil:
		return x.failed(b, err)
	case !ok:
		return appendStatus(b, "error", textError)
	}
	if _, ok := x.faults.get(Nothing); ok {
		return appendStatus(b, "success", textUnsubscribed)
	}
	return x.settled(b, x.server.state.release(ctx, o, x.now), textUnsubscribed)
}

func (x *exchange) settled(b []byte, err error, message string) []byte {
	switch {
	case errors.Is(err, errNotHeld):
		return appendStatus(b, "error", textError)
	case err != nil:
		return x.failed(b, err)
	}
	return appendStatus(b, "success", message)
}

// own returns the caller's number with that i_did.
func (x *exchange) own(ctx context.Context, id string) (holding, bool, error) {
	n, ok := positive(id)
	if !ok {
		return holding{}, false, nil
	}
	all, err := x.server.load()
	if err != nil {
		return holding{}, false, err
	}
	h, err := x.server.state.read(ctx, all.market)
	if err != nil {
		return holding{}, false, err
	}
	i := slices.IndexFunc(h.own, func(o holding) bool { return o.id == n && o.buyer == x.server.options.Login })
	if i < 0 {
		return holding{}, false, nil
	}
	return h.own[i], true, nil
}

// list answers a read of the caller's numbers.
func (x *exchange) list(ctx context.Context, b []byte) []byte {
	w, ok := readWindow(x.form, x.server.options.PageMost, x.faults.unit(x.server.options.OffUnit))
	if !ok {
		return appendStatus(b, "error", textError)
	}
	all, err := x.server.load()
	if err != nil {
		return x.failed(b, err)
	}
	h, err := x.held(ctx, all.market)
	if err != nil {
		return x.failed(b, err)
	}
	w = x.faults.window(w)
	d := x.faults.list("dids")
	b = d.open(b)
	for i := range h.own {
		o := &h.own[i]
		if o.buyer != x.server.options.Login || !o.fits(x.form) {
			continue
		}
		if w.off > 0 {
			w.off--
			continue
		}
		if w.limit == 0 {
			break
		}
		w.limit--
		start := len(b)
		verified := o.verified || x.now.Sub(o.bought) >= x.server.options.VerifyAfter
		b = appendOwnedRow(d.next(b), o, verified, x.now)
		b = d.spoil(b, start)
	}
	return d.close(b)
}

// fits applies the filters that the list knows.
func (o *holding) fits(form url.Values) bool {
	return strings.HasPrefix(o.number, form.Get("prefix")) &&
		(form.Get("country") == "" || form.Get("country") == o.CountryName) &&
		(form.Get("description") == "" || form.Get("description") == o.Description)
}

// route sets the contacts from the parameters and says whether they are
// well-formed and those that the number's features require are there.
func (o *holding) route(form url.Values) bool {
	o.contact, o.smpp = form.Get("contact"), form.Get("smpp_contact")
	if o.contact == "" && (o.Voice || o.Fax || o.Video) || o.smpp == "" && o.SMS {
		return false
	}
	return (o.contact == "" || sipContact(o.contact)) && (o.smpp == "" || smppContact(o.smpp))
}

// positive reads a decimal integer above 0 without sign or leading zero.
func positive(s string) (int, bool) {
	n, err := strconv.Atoi(s)
	return n, err == nil && n > 0 && strconv.Itoa(n) == s
}
