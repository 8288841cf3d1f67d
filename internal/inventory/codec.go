package inventory

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"didops/internal/exchange"
	"didops/internal/money"
	"didops/internal/sanitize"
)

// layout is the first field of a packed number; fields is how many there are.
const (
	layout = "1"
	fields = 23
)

// ErrUnreadable marks what is kept of numbers and can't be read: it is damaged,
// or of a newer version.
var ErrUnreadable = errors.New("what is kept of the own numbers can't be read")

// flags are the letters of what is true of a number.
const flags = "vsfdnu" // voice, sms, fax, video, needs documents, documents unstated

// route is where calls and messages of a number go.
type route struct {
	digest          string // of both in full; "" = nowhere
	calls, messages string // as they may be shown
}

// pack appends what a look says of a number as one line of fields, by which two
// looks are compared: what is the same is the same text. What time alone
// changes is not in it.
func pack(b []byte, o *exchange.Owned, to route) []byte {
	n := &o.Number
	text := func(s string) {
		b = append(b, '\t')
		if strings.ContainsAny(s, "\t\n") {
			s = sanitize.Clean(s, len(s))
		}
		b = append(b, s...)
	}
	b = append(b, layout...)
	for _, s := range []string{n.ID, to.digest, to.calls, to.messages, n.Country, n.CountryName, n.Type} {
		text(s)
	}
	b = append(b, '\t')
	for i, is := range []bool{n.Voice, n.SMS, n.Fax, n.Video, n.NeedsDocuments, n.DocumentsUnstated} {
		if is {
			b = append(b, flags[i])
		}
	}
	for _, a := range []money.Amount{n.SetupFee, n.MonthlyFee, n.Price1, n.PriceN, n.SMSPrice} {
		text(a.String())
	}
	for _, i := range []*int{n.Interval1, n.IntervalN, n.Capacity} {
		text(digitsOf(i))
	}
	for _, s := range []string{n.Vendor, n.Description, o.State(), moment(o.BilledTo), moment(o.Since), o.Notes} {
		text(s)
	}
	return b
}

func digitsOf(i *int) string {
	if i == nil {
		return ""
	}
	return strconv.Itoa(*i)
}

func moment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return strconv.FormatInt(t.UnixMicro(), 10)
}

// reader reads packed numbers. Amounts and small numbers are shared, because few
// are many times the same. It is not safe for concurrent use.
type reader struct {
	amounts map[string]money.Amount
	counts  map[string]*int
	err     error
}

func newReader() *reader {
	return &reader{amounts: map[string]money.Amount{}, counts: map[string]*int{}}
}

// unpack returns the number of a row. The error wraps [ErrUnreadable].
func (r *reader) unpack(row *Row) (Number, error) {
	var parts [fields]string
	rest, n := row.Body, 0
	for more := true; more && n < fields; n++ {
		parts[n], rest, more = strings.Cut(rest, "\t")
	}
	if n != fields || rest != "" || parts[0] != layout {
		return Number{}, ErrUnreadable
	}
	at := 0
	text := func() string { at++; return parts[at] }
	num := Number{First: row.First, Waiting: row.Waiting, Gone: row.Gone, Order: row.Order}
	d := &num.Number
	d.Digits = row.Number
	d.ID, num.Routing, num.Calls, num.Messages = text(), text(), text(), text()
	d.Country, d.CountryName, d.Type = text(), text(), text()
	set := text()
	for i, is := range []*bool{&d.Voice, &d.SMS, &d.Fax, &d.Video, &d.NeedsDocuments, &d.DocumentsUnstated} {
		*is = strings.IndexByte(set, flags[i]) >= 0
	}
	for _, a := range []*money.Amount{&d.SetupFee, &d.MonthlyFee, &d.Price1, &d.PriceN, &d.SMSPrice} {
		*a = r.amount(text())
	}
	for _, i := range []**int{&d.Interval1, &d.IntervalN, &d.Capacity} {
		*i = r.count(text())
	}
	d.Vendor, d.Description = text(), text()
	num.State = text()
	num.BilledTo, num.Since = r.moment(text()), r.moment(text())
	num.Notes = text()
	err := r.err
	r.err = nil
	return num, err
}

func (r *reader) amount(text string) money.Amount {
	a, known := r.amounts[text]
	if known || text == "" {
		return a
	}
	a, err := money.Parse(text)
	if err != nil {
		r.err = ErrUnreadable
	}
	r.amounts[text] = a
	return a
}

func (r *reader) count(text string) *int {
	i, known := r.counts[text]
	if !known && text != "" {
		n, err := strconv.Atoi(text)
		if err != nil {
			r.err = ErrUnreadable
		}
		i = &n
		r.counts[text] = i
	}
	return i
}

func (r *reader) moment(text string) time.Time {
	if text == "" {
		return time.Time{}
	}
	us, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		r.err = ErrUnreadable
	}
	return time.UnixMicro(us).UTC()
}

// feeField is which of the fields of a packed number says what it costs each month.
const feeField = 10

// MonthlyFee returns what a packed number costs each month; unknown where that is
// not stated. The error wraps [ErrUnreadable].
func MonthlyFee(body string) (money.Amount, error) {
	rest, field := body, ""
	more := strings.HasPrefix(body, layout+"\t")
	for n := 0; n <= feeField; n++ {
		if !more {
			return money.Amount{}, ErrUnreadable
		}
		field, rest, more = strings.Cut(rest, "\t")
	}
	if field == "" {
		return money.Amount{}, nil
	}
	a, err := money.Parse(field)
	if err != nil {
		return money.Amount{}, ErrUnreadable
	}
	return a, nil
}

// glance reads of a packed number what comes first: the exchange's id and the
// route.
func glance(body string) (id string, to route) {
	_, rest, _ := strings.Cut(body, "\t")
	id, rest, _ = strings.Cut(rest, "\t")
	to.digest, rest, _ = strings.Cut(rest, "\t")
	to.calls, rest, _ = strings.Cut(rest, "\t")
	to.messages, _, _ = strings.Cut(rest, "\t")
	return id, to
}
