package tcxc_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"didops/internal/tcxc"
)

// plainRow is what one would write without thinking of mixed types; the page
// below has only the types that it can take.
type plainRow struct {
	ID                   string `json:"i_did"`
	Number               string `json:"number"`
	Price1               string `json:"price_1"`
	PriceN               string `json:"price_n"`
	Interval1            string `json:"interval_1"`
	IntervalN            string `json:"interval_n"`
	MonthlyFee           string `json:"monthly_fee"`
	SetupFee             string `json:"setup_fee"`
	Vendor               string `json:"i_vendor"`
	Voice                string `json:"voice"`
	SMS                  string `json:"sms"`
	Fax                  string `json:"fax"`
	Video                string `json:"video"`
	Capacity             string `json:"capacity"`
	Type                 string `json:"did_type"`
	VerificationRequired string `json:"verification_required"`
	SMPPPrice            string `json:"smpp_price"`
	IsNexmo              string `json:"is_nexmo"`
	VendorName           string `json:"vendor_name"`
	CountryCode          string `json:"country_code"`
	CountryName          string `json:"country_name"`
	Description          string `json:"description"`
}

type plainPage struct {
	Status string     `json:"status"`
	Rows   []plainRow `json:"dids"`
}

// marketPage returns a page of rows as the exchange's sellers write them.
func marketPage(rows int) []byte {
	out := make([]string, rows)
	for i := range out {
		out[i] = fmt.Sprintf(`{"i_did":"%d","number":"9715012%05d","price_1":"0.0%d","price_n":"0.0%d",`+
			`"interval_1":"60","interval_n":"60","monthly_fee":"%d.%04d","setup_fee":"6.6000","i_vendor":"9",`+
			`"voice":"1","sms":"%d","fax":"0","video":"0","capacity":"%d","did_type":"mobile",`+
			`"verification_required":"0","smpp_price":"0.1100","is_nexmo":"0","vendor_name":"Vendor %d",`+
			`"country_code":"ae","country_name":"UNITED ARAB EMIRATES","description":"Mobile - Operator %d"}`,
			10_000+i, i, 100+i%50, 100+i%40, 1+i%20, i%200, i%2, 1+i%30, i%12, i%30)
	}
	return answerOf(out...)
}

func BenchmarkDecode(b *testing.B) {
	const rows = 500
	page := marketPage(rows)
	perRow := func(b *testing.B) {
		b.ReportMetric(float64(b.N)*rows/b.Elapsed().Seconds(), "rows/s")
	}
	b.Run("tcxc", func(b *testing.B) {
		d := tcxc.NewDecoder()
		b.SetBytes(int64(len(page)))
		b.ReportAllocs()
		for b.Loop() {
			if p, err := d.Market(page); err != nil || len(p.Rows) != rows {
				b.Fatalf("got %d rows, error %v", len(p.Rows), err)
			}
		}
		perRow(b)
	})
	b.Run("encoding-json", func(b *testing.B) {
		b.SetBytes(int64(len(page)))
		b.ReportAllocs()
		for b.Loop() {
			var p plainPage
			if err := json.Unmarshal(page, &p); err != nil || len(p.Rows) != rows {
				b.Fatalf("got %d rows, error %v", len(p.Rows), err)
			}
		}
		perRow(b)
	})
}
