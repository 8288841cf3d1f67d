package tcxc

import (
	"strings"
	"time"

	"didops/internal/money"
)

// record is one row of either list while it is decoded. Its byte slices are
// valid until the next row.
type record struct {
	id, digits               []byte
	key                      uint64 // digits as a number
	texts                    [textFields][]byte
	amounts                  [amountFields]money.Amount
	integers                 [integerFields]*int
	flags                    [flagFields]flag
	times                    [timeFields]time.Time
	featureVoice, featureSMS bool

	bad      string // the first field that makes the row unreadable
	unpriced string // the fee that is not stated
	odd      string // the last field that was ignored because it was garbage
}

// setter says what one field of a row is.
type setter struct {
	name   string
	ignore bool // garbage leaves the field out, not the row
	kind   kind
	at     int    // which of its kind
	quoted string // the name as it stands in an answer
	member string // the same with the colon behind it
	index  int    // among all, from 1
}

// kind is what a field holds.
type kind int8

const (
	kindUnread kind = iota // of no use
	kindID
	kindText
	kindAmount
	kindInteger
	kindFlag
	kindTime
)

// The fields of each kind, by where they are kept in a record.
const (
	number = iota
	msisdn // number by its other name
	countryCode
	countryOf // of Nexmo's rows
	countryName
	didType
	vendorName
	vendorID
	description
	status
	notes
	contact
	smppContact
	textFields
)

const (
	setupFee = iota
	monthlyFee
	price1
	priceN
	smsPrice
	amountFields
)

const (
	interval1 = iota
	intervalN
	capacity
	integerFields
)

const (
	voice = iota
	sms
	fax
	video
	documents
	verified
	flagFields
)

const (
	billedTo = iota
	since
	timeFields
)

// numberFields are the documented fields of the row of a number, by their name in
// quotation marks. Some are not read: "cost" is what Nexmo charges the exchange, in euro,
// and no price of ours.
//
//nolint:gochecknoglobals // a table that nothing writes to
var numberFields = table(
	setter{name: "cost"}, setter{name: "type"}, setter{name: "is_nexmo"},
	setter{name: "account_name"}, setter{name: "features"},
	setter{name: "i_did", kind: kindID, ignore: true},
	setter{name: "number", kind: kindText, at: number},
	setter{name: "msisdn", kind: kindText, at: msisdn},
	setter{name: "country_code", kind: kindText, at: countryCode},
	setter{name: "country", kind: kindText, at: countryOf},
	setter{name: "country_name", kind: kindText, at: countryName},
	setter{name: "did_type", kind: kindText, at: didType},
	setter{name: "i_vendor", kind: kindText, at: vendorID},
	setter{name: "vendor_name", kind: kindText, at: vendorName},
	setter{name: "description", kind: kindText, at: description},
	setter{name: "status", kind: kindText, at: status},
	setter{name: "notes", kind: kindText, at: notes},
	setter{name: "contact", kind: kindText, at: contact},
	setter{name: "smpp_contact", kind: kindText, at: smppContact},
	setter{name: "setup_fee", kind: kindAmount, at: setupFee},
	setter{name: "monthly_fee", kind: kindAmount, at: monthlyFee},
	setter{name: "price_1", kind: kindAmount, at: price1},
	setter{name: "price_n", kind: kindAmount, at: priceN},
	setter{name: "smpp_price", kind: kindAmount, at: smsPrice},
	setter{name: "interval_1", kind: kindInteger, at: interval1, ignore: true},
	setter{name: "interval_n", kind: kindInteger, at: intervalN, ignore: true},
	setter{name: "capacity", kind: kindInteger, at: capacity, ignore: true},
	setter{name: "voice", kind: kindFlag, at: voice},
	setter{name: "sms", kind: kindFlag, at: sms},
	setter{name: "fax", kind: kindFlag, at: fax},
	setter{name: "video", kind: kindFlag, at: video},
	setter{name: "verification_required", kind: kindFlag, at: documents},
	setter{name: "documents_verified", kind: kindFlag, at: verified},
	setter{name: "billed_to", kind: kindTime, at: billedTo, ignore: true},
	setter{name: "monthly_start_ts", kind: kindTime, at: since, ignore: true},
)

func table(all ...setter) map[string]*setter {
	byName := make(map[string]*setter, len(all))
	for i, s := range all {
		s.index = i + 1
		s.quoted = `"` + s.name + `"`
		s.member = s.quoted + ":"
		byName[s.quoted] = &s
	}
	return byName
}

// reads reports whether the field is of use.
func (s *setter) reads() bool { return s != nil && s.kind != kindUnread }

// set reads what a field says into the present row.
func (d *decoder) set(s *setter, said []byte) {
	r, ok := &d.row, true
	switch s.kind {
	case kindText:
		r.texts[s.at] = said
	case kindAmount:
		r.amounts[s.at], ok = d.amounts.get(said)
	case kindFlag:
		r.flags[s.at], ok = parseFlag(said)
	case kindInteger:
		r.integers[s.at], ok = d.integers.get(said)
	case kindID:
		r.id, ok = parseID(said)
	case kindTime:
		r.times[s.at], ok = parseTime(said)
	case kindUnread:
	}
	if !ok {
		r.reject(s)
	}
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

// validate checks what the row of a number can't do without, its digits, and
// notes which fee it does not state.
func (r *record) validate() {
	if r.digits = r.texts[number]; len(r.digits) == 0 {
		r.digits = r.texts[msisdn]
	}
	digits, key, ok := parseMSISDN(r.digits)
	if ok {
		r.digits, r.key = digits, key
	}
	switch {
	case !ok:
		r.bad = "number"
	case !r.amounts[monthlyFee].Known():
		r.unpriced = "monthly_fee"
	case !r.amounts[setupFee].Known():
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
