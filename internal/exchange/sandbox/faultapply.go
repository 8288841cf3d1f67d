package sandbox

import (
	"context"
	"net/http"
	"strconv"
)

// before applies what happens before a request is carried out and says
// whether it has been answered with that.
func (x *exchange) before(ctx context.Context) bool {
	if f, ok := x.faults.get(Skew); ok {
		x.now = x.now.Add(f.Delay)
	}
	x.wait(ctx, Latency)
	x.sideEffects(context.WithoutCancel(ctx))
	f, ok := x.faults.get(Status, Cut, HTML, Endless, Redirect)
	if !ok {
		return false
	}
	x.writer.Header().Set("Date", x.now.UTC().Format(http.TimeFormat))
	switch f.Kind {
	case Cut:
		abort()
	case Endless:
		x.endless(ctx)
	case Redirect:
		x.writer.Header().Set("Location", orElse(f.Text, x.request.URL.Path))
		x.writer.WriteHeader(orElse(f.Code, http.StatusTemporaryRedirect))
	case HTML:
		x.page(http.StatusOK)
	default: // Status
		x.status(f)
	}
	return true
}

// wait delays the request by the fault of that kind, and ends it when the
// client does not wait so long.
func (x *exchange) wait(ctx context.Context, kind FaultKind) {
	if f, ok := x.faults.get(kind); ok && pause(ctx, f.Delay) != nil {
		abort()
	}
}

// sideEffects changes the market and the state as the faults say.
func (x *exchange) sideEffects(ctx context.Context) {
	for _, f := range x.faults {
		var err error
		switch f.Kind {
		case Price:
			x.server.prices.add(priceChange{number: f.Number, percent: f.Percent, monthly: fee(f.MonthlyFee)})
		case Verified:
			err = x.server.state.verify(ctx, f.Number)
		case SecondID:
			x.server.twins.add(f.Number)
		case Sold:
			err = x.sell(ctx, f.Number)
		default: // no side effect
		}
		if err != nil {
			x.server.options.Log.Error().Err(err).Str("kind", string(f.Kind)).Msg("sandbox can't apply a fault")
		}
	}
}

// sell lets another buyer have the number, or the one that is to be bought.
func (x *exchange) sell(ctx context.Context, number string) error {
	all, err := x.server.load()
	if err != nil {
		return err
	}
	id := x.form.Get("i_did")
	if number != "" {
		k, ok := all.market.find(number)
		if !ok {
			return nil
		}
		id = strconv.Itoa(all.market.idOf(k))
	}
	o, ok := x.server.offer(all.market, id)
	if !ok {
		return nil
	}
	o.buyer, o.bought = anotherBuyer, x.now
	return x.server.state.lose(ctx, o)
}

// after writes the answer b as the faults say.
func (x *exchange) after(ctx context.Context, b []byte) {
	x.wait(ctx, LateAnswer)
	if answer, ok := x.faults.logical(nil, ErrorAfter); ok {
		b = answer
	}
	f, _ := x.faults.get(StatusAfter, CutAfter, CutBody, Truncate, Junk, HTMLAfter)
	switch f.Kind {
	case StatusAfter:
		x.status(f)
		return
	case CutAfter:
		abort()
	case HTMLAfter:
		x.page(http.StatusOK)
		return
	case CutBody:
		x.writer.Header().Set("Content-Length", strconv.Itoa(len(b)))
		_, _ = x.writer.Write(b[:len(b)/2])
		_ = http.NewResponseController(x.writer).Flush()
		abort()
	case Truncate:
		b = b[:len(b)/2]
	case Junk:
		b = append([]byte(orElse(f.Text, ":")), b...)
	default: // the answer stays whole
	}
	x.writer.Header().Set("Content-Length", strconv.Itoa(len(b)))
	_, _ = x.writer.Write(b) // the client may have gone
}

// abort ends the connection without a word. This panic is the way that
// net/http documents for it; the server recovers and logs nothing.
func abort() { panic(http.ErrAbortHandler) }

func (x *exchange) status(f Fault) {
	if f.RetryAfter > 0 {
		x.writer.Header().Set("Retry-After", strconv.Itoa(f.RetryAfter))
	}
	x.page(orElse(f.Code, http.StatusServiceUnavailable))
}

// page answers with an HTML page as a web server in front would.
func (x *exchange) page(code int) {
	title := strconv.Itoa(code) + " " + http.StatusText(code)
	x.writer.Header().Set("Content-Type", "text/html; charset=UTF-8")
	x.writer.WriteHeader(code)
	_, _ = x.writer.Write([]byte("<!DOCTYPE html>\n<html><head><title>" + title +
		"</title></head>\n<body><h1>" + title + "</h1><hr>nginx</body></html>\n"))
}

// endless writes rows until the client goes away or the server closes.
func (x *exchange) endless(ctx context.Context) {
	x.writer.Header().Set("Content-Type", "application/json")
	b := []byte(`{"status":"success","dids":[`)
	for n := 1; !x.server.isClosed() && ctx.Err() == nil; n++ {
		b = append(b, `{"i_did":"`...)
		b = strconv.AppendInt(b, int64(n), 10)
		b = append(b, `","number":"12015550123","monthly_fee":"1.0000","setup_fee":"0.0000","country_code":"us"},`...)
		if len(b) < 32<<10 {
			continue
		}
		if _, err := x.writer.Write(b); err != nil {
			return
		}
		b = b[:0]
	}
}
