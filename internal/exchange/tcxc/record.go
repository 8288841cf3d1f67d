package tcxc

import (
	"strings"
	"time"

	"didops/internal/money"
)

// record is one row of either list while it is decoded. Its byte slices are
// valid until the next row.
type record struct {
	id, digits                          []byte
	key                                 uint64 // digits as a number
	code, country, countryName, didType []byte
	vendor, description, notes, status  []byte
	contact, smppContact                []byte
	setup, monthly                      money.Amount
	price1, priceN, smsPrice            money.Amount
	interval1, intervalN, capacity      *int
	voice, sms, fax, video              flag
	documents, verified                 flag
	featureVoice, featureSMS            bool
	billed, since                       time.Time

	bad      string // the first field that makes the row unreadable
	unpriced string // the fee that is not stated
	odd      string // the last field that was ignored because it was garbage
	msisdn   []byte // number by its other name
}

// setter reads one field of a row.
type setter struct {
	name   string
	ignore bool // garbage leaves the field out, not the row
	set    func(*decoder, *record, []byte) bool
	quoted string // the name as it stands in an answer
	member string // the same with the colon behind it
}

// setters are the documented fields of a row, by their name in quotation
// marks. Those without a set function are not read: "cost" is what Nexmo
// charges the exchange, in euro, and no price of ours.
//
//nolint:gochecknoglobals // a table that nothing writes to
var setters = table(
	setter{name: "cost"}, setter{name: "type"}, setter{name: "is_nexmo"}, setter{name: "i_vendor"},
	setter{name: "account_name"}, setter{name: "features"},
	textAt("number", func(r *record) *[]byte { return &r.digits }),
	textAt("msisdn", func(r *record) *[]byte { return &r.msisdn }),
	textAt("country_code", func(r *record) *[]byte { return &r.code }),
	textAt("country", func(r *record) *[]byte { return &r.country }),
	textAt("country_name", func(r *record) *[]byte { return &r.countryName }),
	textAt("did_type", func(r *record) *[]byte { return &r.didType }),
	textAt("vendor_name", func(r *record) *[]byte { return &r.vendor }),
	textAt("description", func(r *record) *[]byte { return &r.description }),
	textAt("status", func(r *record) *[]byte { return &r.status }),
	textAt("notes", func(r *record) *[]byte { return &r.notes }),
	textAt("contact", func(r *record) *[]byte { return &r.contact }),
	textAt("smpp_contact", func(r *record) *[]byte { return &r.smppContact }),
	amountAt("setup_fee", func(r *record) *money.Amount { return &r.setup }),
	amountAt("monthly_fee", func(r *record) *money.Amount { return &r.monthly }),
	amountAt("price_1", func(r *record) *money.Amount { return &r.price1 }),
	amountAt("price_n", func(r *record) *money.Amount { return &r.priceN }),
	amountAt("smpp_price", func(r *record) *money.Amount { return &r.smsPrice }),
	integerAt("interval_1", func(r *record) **int { return &r.interval1 }),
	integerAt("interval_n", func(r *record) **int { return &r.intervalN }),
	integerAt("capacity", func(r *record) **int { return &r.capacity }),
	flagAt("voice", func(r *record) *flag { return &r.voice }),
	flagAt("sms", func(r *record) *flag { return &r.sms }),
	flagAt("fax", func(r *record) *flag { return &r.fax }),
	flagAt("video", func(r *record) *flag { return &r.video }),
	flagAt("verification_required", func(r *record) *flag { return &r.documents }),
	flagAt("documents_verified", func(r *record) *flag { return &r.verified }),
	instantAt("billed_to", func(r *record) *time.Time { return &r.billed }),
	instantAt("monthly_start_ts", func(r *record) *time.Time { return &r.since }),
	setter{name: "i_did", ignore: true, set: func(_ *decoder, r *record, text []byte) (ok bool) {
		r.id, ok = parseID(text)
		return ok
	}},
)

func table(all ...setter) map[string]*setter {
	byName := make(map[string]*setter, len(all))
	for _, s := range all {
		s.quoted = `"` + s.name + `"`
		s.member = s.quoted + ":"
		byName[s.quoted] = &s
	}
	return byName
}

func textAt(name string, at func(*record) *[]byte) setter {
	return setter{name: name, set: func(_ *decoder, r *record, text []byte) bool {
		*at(r) = text
		return true
	}}
}

func amountAt(name string, at func(*record) *money.Amount) setter {
	return setter{name: name, set: func(d *decoder, r *record, text []byte) (ok bool) {
		*at(r), ok = d.amounts.get(text)
		return ok
	}}
}

func integerAt(name string, at func(*record) **int) setter {
	return setter{name: name, ignore: true, set: func(d *decoder, r *record, text []byte) (ok bool) {
		*at(r), ok = d.integers.get(text)
		return ok
	}}
}

func flagAt(name string, at func(*record) *flag) setter {
	return setter{name: name, set: func(_ *decoder, r *record, text []byte) (ok bool) {
		*at(r), ok = parseFlag(text)
		return ok
	}}
}

func instantAt(name string, at func(*record) *time.Time) setter {
	return setter{name: name, ignore: true, set: func(_ *decoder, r *record, text []byte) (ok bool) {
		*at(r), ok = parseTime(text)
		return ok
	}}
}

// reject notes that a field could not be understood.
func (r *record) reject(s *setter) {
	switch {
	case s.ignore:
		r.odd = s.name
	case r.bad == "":
		r.bad = s.name
	}
}

// validate checks what a row can't do without, its number, and notes which fee
// it does not state.
func (r *record) validate() {
	if len(r.digits) == 0 {
		r.digits = r.msisdn
	}
	digits, key, ok := parseMSISDN(r.digits)
	if ok {
		r.digits, r.key = digits, key
	}
	switch {
	case !ok:
		r.bad = "number"
	case !r.monthly.Known():
		r.unpriced = "monthly_fee"
	case !r.setup.Known():
		r.unpriced = "setup_fee"
	}
}

// feature reads one word of the optional array "features"; the flags win
// over it.
func (r *record) feature(v value) {
	word, _ := v.text(nil, true)
	switch strings.ToUpper(string(word)) {
	case "VOICE":
		r.featureVoice = true
	case "SMS":
		r.featureSMS = true
	}
}

// or returns whether f is set, and otherwise where f says nothing.
func (f flag) or(otherwise bool) bool {
	if f == absent {
		return otherwise
	}
	return f == yes
}
