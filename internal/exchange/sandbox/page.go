package sandbox

import (
	"context"
	"net/url"
	"strconv"
)

// window is the part of a list that a request asks for.
type window struct{ off, limit int }

// readWindow reads pager and off, which must be set or unset both. Whatever
// is asked for, a page has at most most rows.
func readWindow(form url.Values, most int, unit OffUnit) (window, bool) {
	if form.Has("pager") != form.Has("off") {
		return window{}, false
	}
	if !form.Has("pager") {
		return window{limit: most}, true
	}
	limit, err := strconv.Atoi(form.Get("pager"))
	off, err2 := strconv.Atoi(form.Get("off"))
	if err != nil || err2 != nil || limit < 1 || off < 0 || off > 1<<40 {
		return window{}, false
	}
	w := window{off: off, limit: min(limit, most)}
	if unit == OffPages {
		w.off *= w.limit
	}
	return w, true
}

// market answers a read of the market.
func (x *exchange) market(ctx context.Context, b []byte) []byte {
	w, ok := readWindow(x.form, x.server.options.PageMost, x.faults.unit(x.server.options.OffUnit))
	if !ok {
		return appendStatus(b, "error", textError)
	}
	all, err := x.server.load()
	if err != nil {
		return x.failed(b, err)
	}
	held, err := x.held(ctx, all.market)
	if err != nil {
		return x.failed(b, err)
	}
	w = x.faults.window(w)
	prices, twins := x.server.prices.current(), x.server.twins.current()
	d := x.faults.list("dids")
	b = d.open(b)
	var r row
	all.of(marketQuery(x.form)).page(w.off, w.limit, x.server.twins.shown(all.market, held.gone), func(k int) {
		all.market.fill(&r, k)
		prices.apply(&r)
		if twins[string(r.digits)] {
			r.id += idModulus
		}
		start := len(b)
		b = appendMarketRow(d.next(b), &r)
		b = d.spoil(b, start)
	})
	return d.close(b)
}

// failed logs what went wrong in the sandbox itself and answers as the
// exchange does when something did.
func (x *exchange) failed(b []byte, err error) []byte {
	x.server.options.Log.Error().Err(err).Str("operation", string(x.operation)).Msg("sandbox can't answer")
	return appendStatus(b, "error", textError)
}
