package tcxc_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"didops/internal/exchange"
	"didops/internal/exchange/tcxc"
	"didops/internal/money"
)

// amounts compares amounts by value.
func amounts() cmp.Option {
	return cmp.Comparer(func(a, b money.Amount) bool { return a.Known() == b.Known() && a.Cmp(b) == 0 })
}

// nexmoRow is the market row of the buyers' API document, with a number from
// the fictional range.
const nexmoRow = `{
	"country": "US", "msisdn": "12025550147", "cost": "0.90", "type": "mobile-lvn",
	"features": ["VOICE", "SMS"], "monthly_fee": "2.1944", "number": "12025550147",
	"smpp_price": "0.0069", "price_1": "0.0055", "setup_fee": "0.0000", "capacity": 50,
	"voice": 1, "sms": 1, "video": 0, "fax": 0, "verification_required": 0,
	"interval_1": 60, "interval_n": 60, "did_type": "mobile", "vendor_name": "Nexmo",
	"is_nexmo": 1, "country_code": "us", "country_name": "United States of America",
	"description": "Mobile - T-Mobile", "price_n": "0.0055"}`

// ownedRow is the first row of the document's purchased list, with reserved
// addresses.
const ownedRow = `{
	"i_did": "1", "number": "380671234567", "price_1": "0.1430", "price_n": "0.2640",
	"interval_1": "60", "interval_n": "60", "monthly_fee": "21.9890", "setup_fee": "6.6000",
	"i_vendor": "9", "status": "purchased", "contact": "sip:380671234568@192.0.2.34:5060",
	"smpp_contact": "smpp:login:password:380671234567@192.0.2.34:2776", "notes": "note for this DID",
	"billed_to": "2019-09-15 12:55:19", "monthly_start_ts": "2019-08-15 12:55:19",
	"voice": "1", "sms": "1", "fax": "1", "video": "1", "capacity": "2", "did_type": "unknown",
	"verification_required": "0", "documents_verified": "0", "smpp_price": "0.1100", "is_nexmo": "0",
	"account_name": "Demo", "vendor_name": "Acme", "country_code": "ua", "country_name": "UKRAINE",
	"description": "Mobile - Kyivstar"}`

func answerOf(rows ...string) []byte {
	return []byte(`{"status":"success","dids":[` + strings.Join(rows, ",") + `]}`)
}

func nexmo() exchange.Number {
	return exchange.Number{
		Digits: "12025550147", Country: "US", CountryName: "United States", Type: "mobile",
		Voice: true, SMS: true, SetupFee: money.MustParse("0"), MonthlyFee: money.MustParse("2.1944"),
		Price1: money.MustParse("0.0055"), PriceN: money.MustParse("0.0055"), SMSPrice: money.MustParse("0.0069"),
		Interval1: new(60), IntervalN: new(60), Capacity: new(50), Vendor: "Nexmo", Description: "Mobile - T-Mobile",
	}
}

// TestOwnRowsMayLackAFee holds that an own number of which the exchange states
// no fee, or a status of its own, is one all the same; a fee that is garbage
// makes it unreadable.
func TestOwnRowsMayLackAFee(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, was, is   string
		monthly, status string
		bad             string
	}{
		{name: "monthly null", was: `"monthly_fee": "21.9890"`, is: `"monthly_fee": null`},
		{name: "monthly empty", was: `"monthly_fee": "21.9890"`, is: `"monthly_fee": ""`},
		{name: "monthly missing", was: `"monthly_fee": "21.9890", `},
		{name: "set-up null", was: `"setup_fee": "6.6000"`, is: `"setup_fee": null`, monthly: "21.989"},
		{name: "both missing", was: `"monthly_fee": "21.9890", "setup_fee": "6.6000",`},
		{name: "monthly garbage", was: `"21.9890"`, is: `"free"`, bad: "monthly_fee"},
		{name: "set-up negative", was: `"6.6000"`, is: `-1`, bad: "setup_fee"},
		{name: "purchased in capitals", was: `"purchased"`, is: `" PURCHASED"`, monthly: "21.989"},
		{name: "no status", was: `"status": "purchased",`, monthly: "21.989"},
		{name: "status null", was: `"purchased"`, is: `null`, monthly: "21.989"},
		{name: "blocked", was: `"purchased"`, is: `"Blocked\u001b[31m"`, monthly: "21.989", status: "blocked"},
		{name: "cancelled", was: `"purchased"`, is: `"cancelled"`, monthly: "21.989", status: "cancelled"},
	} {
		page, err := tcxc.NewDecoder().Owned(answerOf(strings.Replace(ownedRow, tt.was, tt.is, 1)))
		switch {
		case err != nil:
			t.Errorf("%s: %v", tt.name, err)
		case tt.bad != "":
			if len(page.Rows) != 0 || len(page.Bad) != 1 || page.Bad[0].Field != tt.bad {
				t.Errorf("%s: got %+v and left out %+v, want it left out for %s", tt.name, page.Rows, page.Bad, tt.bad)
			}
		case len(page.Rows) != 1 || page.Rows[0].MonthlyFee.Known() != (tt.monthly != ""):
			t.Errorf("%s: got %+v, want one row with the monthly fee %q", tt.name, page.Rows, tt.monthly)
		case page.Rows[0].Status != tt.status:
			t.Errorf("%s: got the status %q, want %q", tt.name, page.Rows[0].Status, tt.status)
		}
	}
}

func TestDocumentedRows(t *testing.T) {
	t.Parallel()
	d := tcxc.NewDecoder()
	market, err := d.Market(answerOf(nexmoRow))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]exchange.Offer{{Number: nexmo()}}, market.Rows, amounts()); diff != "" {
		t.Errorf("market row differs (-want +got):\n%s", diff)
	}
	list, err := d.Owned(answerOf(ownedRow))
	if err != nil {
		t.Fatal(err)
	}
	want := exchange.Owned{
		Number: exchange.Number{
			ID: "1", Digits: "380671234567", Country: "UA", CountryName: "Ukraine", Type: "unknown",
			Voice: true, SMS: true, Fax: true, Video: true,
			SetupFee: money.MustParse("6.6"), MonthlyFee: money.MustParse("21.989"),
			Price1: money.MustParse("0.143"), PriceN: money.MustParse("0.264"), SMSPrice: money.MustParse("0.11"),
			Interval1: new(60), IntervalN: new(60), Capacity: new(2), Vendor: "Acme", Description: "Mobile - Kyivstar",
		},
		VendorID: "9",
		Contact:  "sip:380671234568@192.0.2.34:5060", SMPPContact: "smpp:login:password:380671234567@192.0.2.34:2776",
		Notes: "note for this DID", BilledTo: time.Date(2019, 9, 15, 12, 55, 19, 0, time.UTC),
		Since: time.Date(2019, 8, 15, 12, 55, 19, 0, time.UTC),
	}
	if diff := cmp.Diff([]exchange.Owned{want}, list.Rows, amounts()); diff != "" {
		t.Errorf("purchased row differs (-want +got):\n%s", diff)
	}
}

// with returns the Nexmo row with one field replaced, or removed when value
// is "".
func with(field, value string) string {
	var kept []string
	for part := range strings.SplitSeq(strings.Trim(strings.Join(strings.Fields(nexmoRow), " "), "{}"), `, "`) {
		part = strings.TrimLeft(part, `" `)
		if name, _, _ := strings.Cut(part, `"`); name != field && name != "SMS\"]" && !strings.HasPrefix(part, "SMS") {
			kept = append(kept, `"`+strings.TrimSpace(part))
			if name == "features" {
				kept[len(kept)-1] = `"features": ["VOICE", "SMS"]`
			}
		}
	}
	if value != "" {
		kept = append(kept, fmt.Sprintf("%q: %s", field, value))
	}
	return "{" + strings.Join(kept, ", ") + "}"
}

// without returns a row with fields renamed to something unknown.
func without(row string, fields ...string) string {
	for _, f := range fields {
		row = strings.Replace(row, `"`+f+`":`, `"no_`+f+`":`, 1)
	}
	return row
}

func TestReadableRows(t *testing.T) {
	t.Parallel()
	change := func(f func(*exchange.Number)) exchange.Number {
		n := nexmo()
		f(&n)
		return n
	}
	tests := []struct {
		name string
		row  string
		want exchange.Number
	}{
		{"fee as a number", with("monthly_fee", "2.1944"), nexmo()},
		{"number as a number", with("number", "12025550147"), nexmo()},
		{"number with a plus", with("number", `"+12025550147"`), nexmo()},
		{"number missing, msisdn there", with("number", ""), nexmo()},
		{"number null, msisdn there", with("number", "null"), nexmo()},
		{"flag as a string", with("voice", `"1"`), nexmo()},
		{"flag as a boolean", with("voice", "true"), nexmo()},
		{"flag missing, feature there", with("voice", ""), nexmo()},
		{"flag empty, feature there", with("sms", `""`), nexmo()},
		{"flag wins over feature", with("sms", "0"), change(func(n *exchange.Number) { n.SMS = false })},
		{"unknown fields", with("novelty", `{"a":[1,{"b":null}]}`), nexmo()},
		{"price missing", with("price_1", ""), change(func(n *exchange.Number) { n.Price1 = money.Amount{} })},
		{"price null", with("price_n", "null"), change(func(n *exchange.Number) { n.PriceN = money.Amount{} })},
		{"price empty", with("smpp_price", `""`), change(func(n *exchange.Number) { n.SMSPrice = money.Amount{} })},
		{"interval as a string", with("interval_1", `"60"`), nexmo()},
		{"interval null", with("interval_1", "null"), change(func(n *exchange.Number) { n.Interval1 = nil })},
		{"interval garbage", with("interval_n", `"often"`), change(func(n *exchange.Number) { n.IntervalN = nil })},
		{"capacity missing", with("capacity", ""), change(func(n *exchange.Number) { n.Capacity = nil })},
		{"documents", with("verification_required", `"1"`), change(func(n *exchange.Number) { n.NeedsDocuments = true })},
		{"documents empty", with("verification_required", `""`), change(func(n *exchange.Number) { n.DocumentsUnstated = true })},
		{"documents null", with("verification_required", "null"), change(func(n *exchange.Number) { n.DocumentsUnstated = true })},
		{"documents missing", with("verification_required", ""), change(func(n *exchange.Number) { n.DocumentsUnstated = true })},
		{"id as a number", with("i_did", "10"), change(func(n *exchange.Number) { n.ID = "10" })},
		{"id as a string", with("i_did", `"10"`), change(func(n *exchange.Number) { n.ID = "10" })},
		{"id zero", with("i_did", "0"), nexmo()},
		{"id null", with("i_did", "null"), nexmo()},
		{"id garbage", with("i_did", `"007x"`), nexmo()},
		{"type in capitals", with("did_type", `"MOBILE"`), nexmo()},
		{"type missing", with("did_type", ""), change(func(n *exchange.Number) { n.Type = "unknown" })},
		{"type of the exchange's own", with("did_type", `"Satellite"`), change(func(n *exchange.Number) { n.Type = "satellite" })},
		{"country code alone", with("country", ""), nexmo()},
		{"country code missing, country there", with("country_code", ""), nexmo()},
		{"country by name only, dialling code shared", without(nexmoRow, "country", "country_code"), nexmo()},
		{
			"country code by an alias", strings.NewReplacer(`"us"`, `"uk"`, "12025550147", "442079460147").Replace(without(nexmoRow, "country", "country_name")),
			change(func(n *exchange.Number) {
				n.Digits, n.Country, n.CountryName = "442079460147", "GB", "United Kingdom"
			}),
		},
		{
			"country of no known name", strings.Replace(without(nexmoRow, "country", "country_code"), "United States of America", "Atlantis", 1),
			change(func(n *exchange.Number) { n.Country, n.CountryName = "", "Atlantis" }),
		},
		{"escaped field name", strings.Replace(with("x", ""), `"voice"`, `"v\u006fice"`, 1), nexmo()},
		{
			"text of strangers", with("description", `"Mobile\u202e <@&1>\u0007 \ud83d\ude00\/x"`),
			change(func(n *exchange.Number) { n.Description = "Mobile <@&1> 😀/x" }),
		},
		{"vendor null", with("vendor_name", "null"), change(func(n *exchange.Number) { n.Vendor = "" })},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			page, err := tcxc.NewDecoder().Market(answerOf(tt.row))
			if err != nil {
				t.Fatalf("decode %s: %v", tt.row, err)
			}
			if diff := cmp.Diff([]exchange.Offer{{Number: tt.want}}, page.Rows, amounts()); diff != "" {
				t.Errorf("row differs (-want +got):\n%s\nleft out: %v", diff, page.Bad)
			}
		})
	}
}

func TestUnreadableRows(t *testing.T) {
	t.Parallel()
	deep := strings.Repeat("[", 20) + strings.Repeat("]", 20)
	tests := []struct {
		name string
		row  string
		want tcxc.Bad
	}{
		{"no number at all", `{"i_did":"7","monthly_fee":"1","setup_fee":"1"}`, tcxc.Bad{ID: "7", Field: "number"}},
		{"number of letters", with("number", `"call me"`), tcxc.Bad{Field: "number"}},
		{"number as a float", with("number", "1.2025550147e10"), tcxc.Bad{Field: "number"}},
		{"number too long", with("number", `"1234567890123456"`), tcxc.Bad{Field: "number"}},
		{"number in national form", with("number", `"02025550147"`), tcxc.Bad{Field: "number"}},
		{"monthly fee missing", with("monthly_fee", ""), tcxc.Bad{Number: "12025550147", Field: "monthly_fee"}},
		{"monthly fee null", with("monthly_fee", "null"), tcxc.Bad{Number: "12025550147", Field: "monthly_fee"}},
		{"monthly fee empty", with("monthly_fee", `""`), tcxc.Bad{Number: "12025550147", Field: "monthly_fee"}},
		{"monthly fee negative", with("monthly_fee", `"-1"`), tcxc.Bad{Number: "12025550147", Field: "monthly_fee"}},
		{"monthly fee with an exponent", with("monthly_fee", "1e3"), tcxc.Bad{Number: "12025550147", Field: "monthly_fee"}},
		{"monthly fee with a comma", with("monthly_fee", `"1,50"`), tcxc.Bad{Number: "12025550147", Field: "monthly_fee"}},
		{"monthly fee an object", with("monthly_fee", `{"amount":"1"}`), tcxc.Bad{Number: "12025550147", Field: "monthly_fee"}},
		{"setup fee missing", with("setup_fee", ""), tcxc.Bad{Number: "12025550147", Field: "setup_fee"}},
		{"setup fee garbage", with("setup_fee", `"free"`), tcxc.Bad{Number: "12025550147", Field: "setup_fee"}},
		{"price garbage", with("price_1", `"n/a"`), tcxc.Bad{Number: "12025550147", Field: "price_1"}},
		{"flag garbage", with("voice", `"maybe"`), tcxc.Bad{Number: "12025550147", Field: "voice"}},
		{"flag out of range", with("sms", "2"), tcxc.Bad{Number: "12025550147", Field: "sms"}},
		{"documents garbage", with("verification_required", `"soon"`), tcxc.Bad{Number: "12025550147", Field: "verification_required"}},
		{"a row that is text", `"12025550147"`, tcxc.Bad{Field: "row"}},
		{"a row that is null", `null`, tcxc.Bad{Field: "row"}},
		{"a row that is a list", `[1,2]`, tcxc.Bad{Field: "row"}},
		{"a row nested too deep", with("novelty", deep), tcxc.Bad{Number: "12025550147", Field: "row"}},
		{"a row too long", with("novelty", `"`+strings.Repeat("x", 65<<10)+`"`), tcxc.Bad{Number: "12025550147", Field: "row"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			page, err := tcxc.NewDecoder().Market(answerOf(ownedRow, tt.row, ownedRow))
			if err != nil {
				t.Fatalf("decode: %v", err)
			}
			if diff := cmp.Diff([]tcxc.Bad{tt.want}, page.Bad); diff != "" {
				t.Errorf("rows left out differ (-want +got):\n%s", diff)
			}
			if len(page.Rows) != 2 || page.Size != 3 {
				t.Errorf("got %d rows of %d, want 2 of 3: the rows around must survive", len(page.Rows), page.Size)
			}
		})
	}
}

func TestPages(t *testing.T) {
	t.Parallel()
	two := []string{"12025550147", "380671234567"}
	tests := []struct {
		name string
		body string
		want []string
		fail bool
	}{
		{"list", `{"status":"success","dids":[` + nexmoRow + `,` + ownedRow + `]}`, two, false},
		{"object by index", `{"status":"success","dids":{"1":` + nexmoRow + `,"5":` + ownedRow + `}}`, two, false},
		{"status last", `{"dids":[` + nexmoRow + `,` + ownedRow + `],"status":"success"}`, two, false},
		{"empty list", `{"status":"success","dids":[]}`, nil, false},
		{"empty object", `{"status":"success","dids":{}}`, nil, false},
		{"null", `{"status":"success","dids":null}`, nil, false},
		{"missing", `{"status":"success"}`, nil, false},
		{"byte order mark", "\xef\xbb\xbf" + ` {"status":"success"}`, nil, false},
		{"label before", `server_output:{"status":"success"}`, nil, false},
		{"notice before", "<br />\nNotice: Undefined index: x in y on line 3<br />\n" + `{"status":"success"}`, nil, false},
		{"invalid UTF-8", "{\"status\":\"success\",\"x\":\"\xff\xfe\"}", nil, false},
		{"dids as text", `{"status":"success","dids":"none"}`, nil, true},
		{"too much before", strings.Repeat("x", 1100) + `{"status":"success"}`, nil, true},
		{"html", "<html><body>Bad Gateway</body></html>", nil, true},
		{"csv", "i_did,number\n1,12025550147\n", nil, true},
		{"empty", "", nil, true},
		{"a list", `["status","success"]`, nil, true},
		{"something after", `{"status":"success"}{"status":"error"}`, nil, true},
		{"truncated in a row", `{"status":"success","dids":[` + nexmoRow[:90], nil, true},
		{"truncated after a row", `{"status":"success","dids":[` + nexmoRow, nil, true},
		{"wrong bracket", `{"status":"success","dids":[` + nexmoRow + `}}`, nil, true},
		{"deep nonsense", `{"dids":[{"a":` + strings.Repeat("[", 100_000), nil, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			page, err := tcxc.NewDecoder().Market([]byte(tt.body))
			if tt.fail {
				if err == nil {
					t.Fatalf("got %d rows and no error, want an error", len(page.Rows))
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, o := range page.Rows {
				got = append(got, o.Digits)
			}
			if diff := cmp.Diff(tt.want, got, cmpopts.EquateEmpty()); diff != "" || page.Status != "success" {
				t.Errorf("status %q, numbers differ (-want +got):\n%s", page.Status, diff)
			}
		})
	}
}

// TestDecoderIsReused shows that nothing of one page reaches the next.
func TestDecoderIsReused(t *testing.T) {
	t.Parallel()
	d := tcxc.NewDecoder()
	first, err := d.Market(answerOf(nexmoRow))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Market([]byte(`{"dids":[{"number":"1`)); err == nil {
		t.Fatal("a truncated page was accepted")
	}
	second, err := d.Market(answerOf(`{"number":"971501234567","monthly_fee":"1","setup_fee":"0"}`))
	if err != nil {
		t.Fatal(err)
	}
	want := exchange.Number{
		Digits: "971501234567", Type: "unknown", Country: "AE", CountryName: "United Arab Emirates",
		MonthlyFee: money.MustParse("1"), SetupFee: money.MustParse("0"), DocumentsUnstated: true,
	}
	if diff := cmp.Diff([]exchange.Offer{{Number: want}}, second.Rows, amounts()); diff != "" {
		t.Errorf("second page differs (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]exchange.Offer{{Number: nexmo()}}, first.Rows, amounts()); diff != "" {
		t.Errorf("the first page changed (-want +got):\n%s", diff)
	}
}

// TestCachesAreBounded feeds more different texts than a cache holds.
func TestCachesAreBounded(t *testing.T) {
	t.Parallel()
	d := tcxc.NewDecoder()
	for p := range 3 {
		var rows []string
		for i := range tcxc.CacheLimit {
			n := p*tcxc.CacheLimit + i
			rows = append(rows, fmt.Sprintf(`{"number":"%d","monthly_fee":"%d","setup_fee":"0","interval_1":%d,`+
				`"vendor_name":"v%d","description":"d%d","did_type":"t%d","country_name":"c%d"}`,
				380670000000+n, n, n, n, n, n, n))
		}
		page, err := d.Market(answerOf(rows...))
		if err != nil || len(page.Rows) != len(rows) {
			t.Fatalf("got %d rows, error %v; want %d", len(page.Rows), err, len(rows))
		}
		for i, o := range page.Rows {
			n := strconv.Itoa(p*tcxc.CacheLimit + i)
			if o.MonthlyFee.String() != n+".00" || *o.Interval1 != p*tcxc.CacheLimit+i || o.Vendor != "v"+n || o.Description != "d"+n || o.Type != "t"+n {
				t.Fatalf("row %s: got %+v", n, o)
			}
		}
	}
	for i, n := range d.Caches() {
		if n > tcxc.CacheLimit {
			t.Errorf("cache %d holds %d texts, want at most %d", i, n, tcxc.CacheLimit)
		}
	}
}
