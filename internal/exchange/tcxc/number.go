package tcxc

import (
	"bytes"
	"strings"

	"didops/internal/exchange"
	"didops/internal/phone"
	"didops/internal/sanitize"
)

// country is where a row says that its number belongs.
type country struct {
	isos []string // what it may mean; nil = not understood
	said string   // in the exchange's words
}

// separator joins the texts that make the key of a country.
const separator = "\x00"

// parseCountry finds the country of "code NUL country NUL name". The exchange
// writes "us", "US" and "United States of America" in one row, "Usa" in
// another; the two-letter code is the most certain. Where there is none, a
// name has to do, or a number of a shared dialling code would be of no country
// and fit no search for one.
func parseCountry(text []byte) (country, bool) {
	parts := strings.SplitN(string(text), separator, 3)
	said := sanitize.Clean(either(parts[2], either(parts[1], parts[0])), 64)
	for _, iso := range parts[:2] {
		if c, ok := phone.ByISO(iso); ok {
			return country{[]string{c.ISO}, said}, true
		}
	}
	for _, name := range parts {
		if isos := phone.Claim(name); len(isos) > 0 {
			return country{isos, said}, true
		}
	}
	return country{said: said}, true
}

// parseType returns a type in lower case. Words that the document does not
// name are kept; none at all is "unknown".
func parseType(text []byte) (string, bool) {
	return either(sanitize.Clean(strings.ToLower(string(text)), 32), "unknown"), true
}

// country returns the country of r in ISO code and English name, or in the
// exchange's words only: the one that its digits make certain, else what the
// row says as far as the digits allow it. Rows are written by sellers, and a
// number of Hong Kong is one of Hong Kong also where they call it China's.
func (d *decoder) country(r *record, digits string) (iso, name string) {
	from := len(d.scratch)
	d.scratch = append(append(d.scratch, r.texts[countryCode]...), separator...)
	d.scratch = append(append(d.scratch, r.texts[countryOf]...), separator...)
	d.scratch = append(d.scratch, r.texts[countryName]...)
	c, _ := d.countries.get(d.scratch[from:])
	if known, ok := phone.ByISO(phone.Locate(digits, c.isos...)); ok {
		return known.ISO, known.Name
	}
	return "", c.said
}

// number fills in what both lists have in common.
func (d *decoder) number(r *record, n *exchange.Number) {
	// One string holds both: an allocation less for each row.
	from := len(d.scratch)
	d.scratch = append(append(d.scratch, r.digits...), r.id...)
	texts := string(d.scratch[from:])
	digits, id := texts[:len(r.digits)], texts[len(r.digits):]
	iso, name := d.country(r, digits)
	kind, _ := d.types.get(r.texts[didType])
	vendor, _ := d.vendors.get(r.texts[vendorName])
	about, _ := d.descriptions.get(r.texts[description])
	*n = exchange.Number{
		ID:             id,
		Digits:         digits,
		Country:        iso,
		CountryName:    name,
		Type:           kind,
		Voice:          r.flags[voice].or(r.featureVoice),
		SMS:            r.flags[sms].or(r.featureSMS),
		Fax:            r.flags[fax].or(false),
		Video:          r.flags[video].or(false),
		SetupFee:       r.amounts[setupFee],
		MonthlyFee:     r.amounts[monthlyFee],
		Price1:         r.amounts[price1],
		PriceN:         r.amounts[priceN],
		SMSPrice:       r.amounts[smsPrice],
		Interval1:      r.integers[interval1],
		IntervalN:      r.integers[intervalN],
		Capacity:       r.integers[capacity],
		Vendor:         vendor,
		Description:    about,
		NeedsDocuments: r.flags[documents].or(false),

		DocumentsUnstated: r.flags[documents] == absent,
	}
}

// offer makes o a number for sale.
func (d *decoder) offer(r *record, o *exchange.Offer) { d.number(r, &o.Number) }

// owned makes o a purchased number. Its contacts stay as they are: they are
// ours, and an update has to send back exactly what stood there.
func (d *decoder) owned(r *record, o *exchange.Owned) {
	d.number(r, &o.Number)
	if id, _ := parseID(r.texts[vendorID]); id != nil {
		o.VendorID = string(id)
	}
	o.DocumentsVerified = r.flags[verified].or(false)
	o.Contact = string(r.texts[contact])
	o.SMPPContact = string(r.texts[smppContact])
	o.Notes = sanitize.Clean(string(r.texts[notes]), 120)
	if !bytes.EqualFold(bytes.TrimSpace(r.texts[status]), []byte("purchased")) {
		o.Status = sanitize.Clean(strings.ToLower(string(r.texts[status])), 32)
	}
	o.BilledTo = r.times[billedTo]
	o.Since = r.times[since]
}
