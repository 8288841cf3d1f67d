package sandbox

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// history answers a read of the calls or of the messages. Both ends of the span
// count, and without them it is the last day. The samples of the exchange send
// no magic fields here, so none are demanded.
func (x *exchange) history(ctx context.Context, b []byte) []byte {
	w, ok := readWindow(x.form, x.server.options.PageMost, x.faults.unit(x.server.options.OffUnit))
	from, to, spanned := x.span()
	if !ok || !spanned {
		return appendStatus(b, "error", textError)
	}
	all, err := x.server.load()
	if err != nil {
		return x.failed(b, err)
	}
	ledger, err := x.server.state.ledger(ctx)
	if err != nil {
		return x.failed(b, err)
	}
	now := x.now
	if f, ok := x.faults.get(Lag); ok {
		now = now.Add(-f.Delay)
	}
	w = x.faults.window(w)
	sms := x.operation == Messages
	d := x.faults.list(map[bool]string{false: "cdrs", true: "sms"}[sms])
	b = d.open(b)
	for _, e := range x.server.used(x.server.tenures(all.market, ledger), sms, from, to, now) {
		if !x.wants(e) {
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
		b = appendEvent(d.next(b), e)
		b = d.spoil(b, start)
	}
	return d.close(b)
}

// span reads date_from and date_to, in UTC.
func (x *exchange) span() (from, to time.Time, ok bool) {
	from, to = x.now.UTC().AddDate(0, 0, -1), x.now.UTC()
	for key, into := range map[string]*time.Time{"date_from": &from, "date_to": &to} {
		if said := x.form.Get(key); said != "" {
			t, err := time.ParseInLocation(time.DateTime, said, time.UTC)
			if err != nil {
				return from, to, false
			}
			*into = t
		}
	}
	return from, to, true
}

// wants applies the filters that the histories know.
func (x *exchange) wants(e event) bool {
	switch {
	case !strings.HasPrefix(e.called, x.form.Get("prefix")):
		return false
	case e.sms:
		return x.form.Get("sent") == "" || (x.form.Get("sent") == "1") != e.failed
	}
	return x.form.Get("show") != "bad" || e.failed
}

// appendEvent writes a row of a history. Types are mixed, as they are elsewhere
// on the exchange.
func appendEvent(b []byte, e event) []byte {
	if e.sms {
		b = append(b, `{"i_message":"`...)
		b = strconv.AppendUint(b, e.id>>20, 10)
		b = appendText(append(b, '"'), "message_id", fmt.Sprintf("%016x-%x", e.id, e.at.Unix()))
		b = appendText(b, "ts", stamp(e.at))
		b = appendBit(b, "delivered", !e.failed)
		b = appendBit(b, "sent", !e.failed)
		b = appendText(b, "i_account", "1")
		b = appendText(b, "i_customer", "1")
		b = appendText(b, "CLI", e.caller)
		return append(appendCalled(b, e), '}')
	}
	b = append(b, `{"call_id":"`...)
	b = strconv.AppendUint(b, e.id, 16)
	b = appendText(append(b, `@192.0.2.10"`...), "CLI", e.caller)
	b = appendCalled(b, e)
	b = append(appendName(b, "i_vendor"), strconv.Itoa(e.vendor)...)
	b = appendText(b, "connection_name", "DID")
	reason, began, seconds := "Normal call clearing", stamp(e.at), 5+e.id%300
	if e.failed {
		reason, seconds = "User busy", 0
		if e.id%3 == 0 {
			reason, began = "unspecified", "0000-00-00 00:00:00" // it was never connected
		}
	}
	b = appendText(b, "disconnect_reason", reason)
	b = appendText(b, "connect_time", began)
	return append(append(appendName(b, "charged_time"), strconv.FormatUint(seconds, 10)...), '}')
}

// appendCalled writes the number called, in one of the spellings that switches
// pass on.
func appendCalled(b []byte, e event) []byte {
	switch e.id % 5 {
	case 0:
		return appendText(b, "CLD", "+"+e.called)
	case 1:
		return append(appendName(b, "CLD"), e.called...)
	}
	return appendText(b, "CLD", e.called)
}
