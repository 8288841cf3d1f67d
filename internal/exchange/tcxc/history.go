package tcxc

import (
	"bytes"
	"context"
	"errors"
	"hash/fnv"

	"didops/internal/exchange"
	"didops/internal/fault"
	"didops/internal/phone"
)

// errUnlisted is the error of an answer that has rows, but not by the name that
// is known here.
var errUnlisted = errors.New("the rows have another name")

var _ exchange.Histories = (*Reader)(nil)

// Calls reads the history of calls ("CDRs"), as [exchange.Histories] defines.
func (r *Reader) Calls(ctx context.Context, q exchange.HistoryQuery, take func([]exchange.Used) error) (exchange.Reading, error) {
	return r.history(ctx, opCalls, q, take)
}

// Messages reads the history of messages ("SDRs"), likewise.
func (r *Reader) Messages(ctx context.Context, q exchange.HistoryQuery, take func([]exchange.Used) error) (exchange.Reading, error) {
	return r.history(ctx, opMessages, q, take)
}

// history reads a history. Whether date_to counts is not documented, so it is
// asked for, and what does not lie in the span is left out here.
func (r *Reader) history(ctx context.Context, op operation, q exchange.HistoryQuery, take func([]exchange.Used) error) (exchange.Reading, error) {
	source := source[exchange.Used]{
		op: op, make: (*decoder).used, key: byNumber,
		form: func(w window) form { return historyForm{from: q.From, to: q.To, sent: op == opMessages, window: w} },
	}
	return read(ctx, r.c, source, bound{rows: q.MaxRows, until: q.Until}, func(page []exchange.Used) error {
		return take(keep(page, func(u exchange.Used) bool {
			return u.At.IsZero() || !u.At.Before(q.From) && u.At.Before(q.To)
		}))
	})
}

// The fields of a call or message, in the places of a record that are for
// numbers otherwise.
const (
	called  = number // whom: CLD
	towards = msisdn // the same by other names
	callID  = notes  // what tells it from others
	when    = since  // it began
	isSent  = voice  // of a message: it was
)

// useFields are the fields of calls and messages of which something is made.
// Those of the other party are not among them: no more is read than what
// counts. The documents name CLD, connect_time, call_id, ts, i_message and sent;
// by which name a message says where it went they leave open.
//
//nolint:gochecknoglobals // a table that nothing writes to
var useFields = table(
	setter{name: "CLD", kind: kindText, at: called},
	setter{name: "cld", kind: kindText, at: called},
	setter{name: "destination", kind: kindText, at: towards},
	setter{name: "dst", kind: kindText, at: towards},
	setter{name: "to", kind: kindText, at: towards},
	setter{name: "call_id", kind: kindText, at: callID},
	setter{name: "i_message", kind: kindText, at: callID},
	setter{name: "connect_time", kind: kindTime, at: when},
	setter{name: "ts", kind: kindTime, at: when},
	setter{name: "sent", kind: kindFlag, at: isSent},
)

// validateUse checks what a call or message can't do without: whom it was for.
// A number that nobody could buy, such as a short code, is one all the same; one
// that a spreadsheet or a float has spoilt is none.
func (r *record) validateUse() {
	said := r.texts[called]
	if len(said) == 0 {
		said = r.texts[towards]
	}
	said = bytes.TrimPrefix(said, []byte("sip:"))
	said, _, _ = bytes.Cut(said, []byte("@"))
	if len(said) == 0 || phone.SpreadsheetForm(string(said)) != "" {
		r.bad = either(r.bad, "CLD")
		return
	}
	digits, _, ok := parseMSISDN(bytes.TrimPrefix(said, []byte("00")))
	if ok && r.flags[isSent] != no {
		r.digits = digits
	}
}

// once sets the key by which the row of a call or message, whose text is row, is
// told from others: what the exchange calls it and whom it was for, or all that
// it says.
func (r *record) once(row []byte) {
	h := fnv.New64a()
	if id := r.texts[callID]; len(id) > 0 && r.bad == "" {
		row = id
	}
	_, _ = h.Write(row)
	_, _ = h.Write(r.texts[called])
	r.key, r.id = h.Sum64()&^(1<<63), nil
	if r.bad != "" {
		r.key, r.digits = 0, nil // it is told by its hash, and by nothing that could be somebody's
	}
}

// used makes u a call or message.
func (d *decoder) used(r *record, u *exchange.Used) {
	*u = exchange.Used{Number: string(r.digits), At: r.times[when]}
}

// unlisted explains [errUnlisted].
func unlisted(op operation) *fault.Error {
	return fault.New(fault.Unavailable, "the exchange's history of %s has no %s, so nothing of it can be counted", op.method().name, op.schema().list).
		WithHint("it is not as it is documented: leave [exchange] usage off, and tell the exchange's support or the makers of didops")
}
