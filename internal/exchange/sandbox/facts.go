package sandbox

import (
	"strconv"
	"time"

	"didops/internal/schedule"
)

// facts is what stays true of a number while it is owned. It is kept as JSON
// in the state, so that the list shows what was bought even if the market is
// laid out differently by a later version.
type facts struct {
	Monthly     fee    `json:"monthly"`
	Setup       fee    `json:"setup"`
	Price1      fee    `json:"price_1"`
	PriceN      fee    `json:"price_n"`
	Message     fee    `json:"message"`
	Interval1   int    `json:"interval_1"`
	IntervalN   int    `json:"interval_n"`
	Capacity    int    `json:"capacity"`
	Voice       bool   `json:"voice"`
	SMS         bool   `json:"sms"`
	Fax         bool   `json:"fax"`
	Video       bool   `json:"video"`
	Papers      bool   `json:"papers"`
	Type        string `json:"type"`
	VendorID    int    `json:"vendor_id"`
	Vendor      string `json:"vendor"`
	Country     string `json:"country"`
	CountryName string `json:"country_name"`
	Description string `json:"description"`
}

func (r *row) facts() facts {
	f := facts{
		Monthly: r.monthly, Setup: r.setup, Price1: r.price1, PriceN: r.priceN, Message: r.message,
		Interval1: r.interval1, IntervalN: r.intervalN, Capacity: r.capacity,
		Voice: r.voice, SMS: r.sms, Fax: r.fax, Video: r.video, Papers: r.papers,
		Type: r.segment.kind.didType(), Vendor: r.vendorName(), Country: r.segment.country.lower,
		CountryName: r.countryName, Description: r.description,
	}
	if r.vendor != nil {
		f.VendorID = r.vendor.id
	}
	return f
}

// appendOwnedRow writes a purchased number as JSON, in the field order of the
// buyers' API document: every value is a string.
func appendOwnedRow(b []byte, o *holding, verified bool, now time.Time) []byte {
	b = append(b, `{"i_did":"`...)
	b = strconv.AppendInt(b, int64(o.id), 10)
	b = append(b, '"')
	b = appendText(b, "number", o.number)
	b = appendNamedFee(b, "price_1", o.Price1)
	b = appendNamedFee(b, "price_n", o.PriceN)
	b = appendCount(b, "interval_1", o.Interval1)
	b = appendCount(b, "interval_n", o.IntervalN)
	b = appendNamedFee(b, "monthly_fee", o.Monthly)
	b = appendNamedFee(b, "setup_fee", o.Setup)
	b = appendCount(b, "i_vendor", o.VendorID)
	b = appendText(b, "status", "purchased")
	b = appendText(b, "contact", o.contact)
	b = appendText(b, "smpp_contact", o.smpp)
	b = appendText(b, "notes", "")
	b = appendText(b, "billed_to", stamp(billedTo(o.bought, now)))
	b = appendText(b, "monthly_start_ts", stamp(o.bought))
	b = appendBit(b, "voice", o.Voice)
	b = appendBit(b, "sms", o.SMS)
	b = appendBit(b, "fax", o.Fax)
	b = appendBit(b, "video", o.Video)
	b = appendCount(b, "capacity", o.Capacity)
	b = appendText(b, "did_type", o.Type)
	b = appendBit(b, "verification_required", o.Papers)
	b = appendBit(b, "documents_verified", o.Papers && verified)
	b = appendNamedFee(b, "smpp_price", o.Message)
	b = appendText(b, "is_nexmo", "0")
	b = appendText(b, "account_name", "Demo")
	b = appendText(b, "vendor_name", o.Vendor)
	b = appendText(b, "country_code", o.Country)
	b = appendText(b, "country_name", o.CountryName)
	b = appendText(b, "description", o.Description)
	return append(b, '}')
}

// billedTo returns the end of the month of service that now falls in, counted
// from the purchase: what is bought on the 31st renews on the last day of a
// shorter month.
func billedTo(from, now time.Time) time.Time {
	if now.Before(from) {
		now = from // a read that lags, or a clock
	}
	_, ends := schedule.Monthly(from, now)
	return ends
}

func stamp(t time.Time) string { return t.UTC().Format(time.DateTime) }

func appendName(b []byte, name string) []byte {
	b = append(b, ',', '"')
	b = append(b, name...)
	return append(b, '"', ':')
}

func appendText(b []byte, name, s string) []byte { return appendString(appendName(b, name), s) }

func appendNamedFee(b []byte, name string, f fee) []byte { return appendFee(appendName(b, name), f) }

func appendBit(b []byte, name string, v bool) []byte {
	return append(appendName(b, name), '"', bit(v), '"')
}
