package did

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"didops/internal/exchange"
	"didops/internal/money"
	"didops/internal/phone"
)

// Row is a number as results show it.
type Row struct {
	Number            string       `json:"number" jsonschema_description:"E.164"`
	ID                string       `json:"i_did,omitempty" compact:"-" jsonschema_description:"Its id"`
	Country           string       `json:"country,omitempty" compact:"-" jsonschema_description:"ISO code"`
	CountryName       string       `json:"country_name,omitempty" compact:"-" jsonschema_description:"In English"`
	Where             string       `json:"-" compact:"country"` // the code or, where there is none, the name
	Type              string       `json:"type" jsonschema_description:"Kind"`
	Features          []string     `json:"features" jsonschema_description:"Can do"`
	SetupFee          money.Amount `json:"setup_fee,omitzero" jsonschema_description:"Once"`
	MonthlyFee        money.Amount `json:"monthly_fee,omitzero" jsonschema_description:"Per month"`
	FirstYearCost     money.Amount `json:"first_year_cost,omitzero" compact:"-" jsonschema_description:"Set-up plus 12 months"`
	Vendor            string       `json:"vendor,omitempty" quoted:"true" jsonschema_description:"Seller"`
	DocumentsRequired *bool        `json:"documents_required,omitempty" jsonschema_description:"Before use"`
	Price1            money.Amount `json:"price_1,omitzero" compact:"-" jsonschema_description:"Per minute first"`
	PriceN            money.Amount `json:"price_n,omitzero" compact:"-" jsonschema_description:"Per minute after"`
	Interval1         *int         `json:"interval_1,omitempty" compact:"-" jsonschema_description:"Seconds"`
	IntervalN         *int         `json:"interval_n,omitempty" compact:"-" jsonschema_description:"Seconds"`
	PerMinute         string       `json:"-" compact:"per_minute"` // both prices and intervals, in words
	SMSPrice          money.Amount `json:"sms_price,omitzero" jsonschema_description:"Per message"`
	Capacity          *int         `json:"capacity,omitempty" jsonschema_description:"Calls at once"`
	Description       string       `json:"description,omitempty" quoted:"true" jsonschema_description:"Seller's words"`
	NoVoice           bool         `json:"no_voice,omitempty" jsonschema_description:"Takes no calls"`
}

// OfferRow is a number for sale as results show it.
type OfferRow struct {
	Row
	MonthlyCost  money.Amount `json:"monthly_cost,omitzero" jsonschema_description:"Fee and use"`
	ContractCost money.Amount `json:"contract_cost,omitzero" jsonschema_description:"Set-up and all months"`
}

func newOfferRow(n *exchange.Number, of use) OfferRow {
	return OfferRow{newRow(n), of.cost(n), of.contract(n)}
}

func newRow(n *exchange.Number) Row {
	r := Row{
		Number: phone.Format(n.Digits), ID: n.ID, Country: n.Country, CountryName: n.CountryName,
		Type: n.Type, Features: features(n), NoVoice: silent(n.Type, features(n)), SetupFee: n.SetupFee, MonthlyFee: n.MonthlyFee,
		FirstYearCost: firstYear(n), Vendor: n.Vendor, DocumentsRequired: documentsOf(n),
		Price1: n.Price1, PriceN: n.PriceN, Interval1: n.Interval1, IntervalN: n.IntervalN,
		SMSPrice: n.SMSPrice, Capacity: n.Capacity, Description: n.Description,
	}
	r.Where = r.country()
	r.PerMinute = callPrice(r.Price1.String(), r.PriceN.String(), number(r.Interval1), number(r.IntervalN))
	return r
}

// silent reports whether a number is toll-free and takes no calls, which nobody
// expects of one.
func silent(kind string, features []string) bool {
	return kind == "tollfree" && !slices.Contains(features, "voice")
}

// abilities is what a number can do, for a table.
func abilities(kind string, features []string) string {
	text := strings.Join(features, " ")
	if silent(kind, features) {
		text = strings.TrimSpace(text + " (no voice)")
	}
	return text
}

func features(n *exchange.Number) []string {
	list := make([]string, 0, 4)
	for _, f := range []struct {
		has  bool
		name string
	}{{n.Voice, "voice"}, {n.SMS, "sms"}, {n.Fax, "fax"}, {n.Video, "video"}} {
		if f.has {
			list = append(list, f.name)
		}
	}
	return list
}

// country returns what a table calls the number's country: its code, which is
// short and leaves room for the rest.
func (r *Row) country() string { return cmp.Or(r.Country, r.CountryName) }

// countriesNamed is how many countries a sentence calls by their names.
const countriesNamed = 4

// within says in which countries numbers were looked for: what a name was
// understood as.
func within(isos []string) string {
	switch n := len(isos); {
	case n == 0:
		return ""
	case n > countriesNamed:
		return fmt.Sprintf(" in %d countries (%s)", n, strings.Join(isos, ", "))
	}
	names := make([]string, 0, len(isos))
	for _, iso := range isos {
		c, _ := phone.ByISO(iso)
		names = append(names, c.Name+" ("+iso+")")
	}
	return " in " + listed(names)
}

// callPrice returns the price of calls in words: "0.0055 (60/60)".
func callPrice(price1, priceN, interval1, intervalN string) string {
	s := price1
	if s == "" {
		return ""
	}
	if priceN != "" && priceN != price1 {
		s += " then " + priceN
	}
	if interval1 != "" && intervalN != "" {
		s += " (" + interval1 + "/" + intervalN + ")"
	}
	return s
}

// listed joins words as a sentence does.
func listed(words []string) string {
	if n := len(words); n > 1 {
		return strings.Join(words[:n-1], ", ") + " and " + words[n-1]
	}
	return strings.Join(words, "")
}
