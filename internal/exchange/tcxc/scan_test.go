package tcxc_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"didops/internal/exchange"
	"didops/internal/exchange/tcxc"
)

// TestWhatIsScanned holds which pages are read without jsontext's tokens, and
// that a page which is not is still read.
func TestWhatIsScanned(t *testing.T) {
	t.Parallel()
	odd := func(field, value string) string { return string(answerOf(nexmoRow, with(field, value), nexmoRow)) }
	for _, tt := range []struct {
		name, body string
		scanned    bool
	}{
		{"a page of a market", string(marketPage(3)), true},
		{"in another layout", string(answerOf(nexmoRow, nexmoRow)), true},
		{"spread out", "{ \"status\" :\t\"success\",\r\n \"dids\" : [ " + nexmoRow + " , " + nexmoRow + " ] }\n", true},
		{"no rows", string(answerOf()), true},
		{"rows before the status", `{"dids":[` + nexmoRow + `],"status":"success","message":"a\/b"}`, true},
		{"escapes", odd("description", `"a\/b \u00e9 \ud83d\ude00 \" \\"`), true},
		{"ends in a backslash", odd("description", `"a\\"`), true},
		{"text that is not UTF-8", odd("description", "\"caf\xe9\""), true},
		{"nested values", odd("features", `[["VOICE"],{"a":[]}]`), true},
		{"unknown fields", odd("new", `{"a":"\\"}`), true},
		{"an unreadable row", odd("monthly_fee", `"free"`), true},
		{"words", odd("fax", "false"), true},
		{"a text that looks like rows", `{"status":"success","message":"\"dids\":[","dids":[` + nexmoRow + `]}`, true},
		{"behind a notice", "Notice: x\n" + string(answerOf(nexmoRow)), true},

		{"no object", string(answerOf(nexmoRow, "null")), false},
		{"an empty object", string(answerOf("{}")), false},
		{"an exponent", odd("capacity", "1e1"), false},
		{"half a pair", odd("description", `"\ud83d"`), false},
		{"escapes and not UTF-8", odd("description", "\"caf\xe9\\/\""), false},
		{"an escaped name", odd(`descr\u0069ption`, `"x"`), false},
		{"deep", odd("features", strings.Repeat("[", 20)+strings.Repeat("]", 20)), false},
		{"rows by their index", `{"status":"success","dids":{"3":` + nexmoRow + `}}`, false},
		{"rows twice", `{"status":"success","dids":[` + nexmoRow + `],"dids":[` + nexmoRow + `]}`, false},
		{"rows of something else", `{"status":"success","x":{"dids":[` + nexmoRow + `]}}`, false},
		{"a lot around", `{"status":"success","message":"` + strings.Repeat("x", 5000) + `","dids":[` + nexmoRow + `]}`, false},
		{"an error", `{"status":"error","message":"There was an error."}`, false},
		{"cut short", string(answerOf(nexmoRow)[:200]), false},
		{"a comma too many", `{"status":"success","dids":[` + nexmoRow + `,]}`, false},
		{"a comma too few", `{"status":"success","dids":[` + nexmoRow + nexmoRow + `]}`, false},
		{"a control character", odd("description", "\"a\nb\""), false},
		{"an unknown escape", odd("description", `"a\xb"`), false},
		{"a number with a zero too many", odd("capacity", "01"), false},
		{"a number that ends in a point", odd("capacity", "1."), false},
		{"a word of more", odd("capacity", "nulll"), false},
		{"more behind it", string(answerOf(nexmoRow)) + "x", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if _, ok := tcxc.Scanned[exchange.Offer](tcxc.NewDecoder(), []byte(tt.body)); ok != tt.scanned {
				t.Errorf("got scanned = %t, want %t", ok, tt.scanned)
			}
			checkScan(t, []byte(tt.body))
		})
	}
}

// errorf is what fails a test.
type errorf interface{ Errorf(string, ...any) }

// checkScan holds that a page is decoded as by jsontext alone, by a decoder that
// has read other rows before as well.
func checkScan(t errorf, body []byte) {
	checkScanOf[exchange.Offer](t, body)
	checkScanOf[exchange.Owned](t, body)
}

func checkScanOf[T exchange.Offer | exchange.Owned](t errorf, body []byte) {
	fresh, used := tcxc.NewDecoder(), tcxc.NewDecoder()
	if _, err := tcxc.Parsed[T](used, answerOf(nexmoRow, ownedRow)); err != nil {
		t.Errorf("got %v for the documented rows", err)
	}
	want, wantErr := tcxc.Parsed[T](tcxc.NewDecoder(), body)
	for _, d := range []tcxc.Decoder{fresh, used, used} {
		before := slices.Clone(body)
		got, ok := tcxc.Scanned[T](d, body)
		if !bytes.Equal(body, before) {
			t.Errorf("%q: changed while it was read", before)
		}
		if !ok {
			continue
		}
		if wantErr != nil {
			t.Errorf("%q: scanned, want the error %v", body, wantErr)
			return
		}
		if diff := cmp.Diff(want, got, amounts()); diff != "" {
			t.Errorf("%q: differs (-parsed +scanned):\n%s", body, diff)
		}
	}
	if both, err := decoded[T](fresh, body); fmt.Sprint(err) != fmt.Sprint(wantErr) || err == nil && !cmp.Equal(want, both, amounts()) {
		t.Errorf("%q: got %+v, %v, want %+v, %v", body, both, err, want, wantErr)
	}
}

func decoded[T exchange.Offer | exchange.Owned](d tcxc.Decoder, body []byte) (page tcxc.Page[T], err error) {
	switch p := any(&page).(type) {
	case *tcxc.Page[exchange.Offer]:
		*p, err = d.Market(body)
	case *tcxc.Page[exchange.Owned]:
		*p, err = d.Owned(body)
	}
	return page, err
}

// oddValues are what fields may hold, and may not.
//
//nolint:gochecknoglobals // a table that nothing writes to
var oddValues = []string{
	`"1"`, `1`, `"0"`, `0`, `"2.1944"`, `2.1944`, `-1`, `"-1"`, `null`, `true`, `false`, `""`, `" 1 "`, `"\u00311"`, `"1\u0000"`, "\"\xc2\xa01\"",
	`"12025550147"`, `12025550147`, `"+442079460958"`, `"97150"`, `"972000000000000"`, `[]`, `{}`, `["SMS"]`, `{"a":["VOICE"]}`, `"VOICE"`,
	`"us"`, `"US"`, `"Usa"`, `"United States"`, `"purchased"`, `" Blocked"`, `"2019-09-15 12:55:19"`, `"0000-00-00 00:00:00"`, `"Mobile - \"x\" \/ \\"`,
	"\"\xff\"", `"\ud800"`, `"\ud83d\ude00"`, `1e3`, `01`, `1.`, `-`, `nul`, `"`, `\`, "\"\x01\"", `"é"`, `"12345678"`, `"123456789"`, `"0.12345678"`,
	`"` + strings.Repeat("long ", 60) + `"`,
}

//nolint:gochecknoglobals // a table that nothing writes to
var fieldNames = []string{
	"i_did", "number", "msisdn", "price_1", "price_n", "interval_1", "interval_n", "monthly_fee", "setup_fee", "i_vendor", "voice", "sms",
	"fax", "video", "capacity", "did_type", "verification_required", "smpp_price", "is_nexmo", "vendor_name", "country_code", "country_name",
	"country", "description", "features", "cost", "notes", "contact", "status", "billed_to", "unknown", `descr\u0069ption`, "",
}

// pages draws answers that are nearly in order: rows with fields left out,
// repeated and replaced, in several layouts, and at times with a byte changed,
// added or taken away.
func pages() *rapid.Generator[[]byte] {
	row := rapid.Custom(func(t *rapid.T) string {
		if rapid.IntRange(0, 9).Draw(t, "no object") == 0 {
			return rapid.SampledFrom(oddValues).Draw(t, "row")
		}
		base := rapid.SampledFrom([]string{nexmoRow, ownedRow, string(marketPage(1)[28 : len(marketPage(1))-2])}).Draw(t, "base")
		for range rapid.IntRange(0, 3).Draw(t, "changes") {
			member := fmt.Sprintf(`"%s":%s,`, rapid.SampledFrom(fieldNames).Draw(t, "name"), rapid.SampledFrom(oddValues).Draw(t, "value"))
			base = "{" + member + base[1:]
			if rapid.Bool().Draw(t, "last") {
				base = "{" + base[1+len(member):len(base)-1] + "," + member[:len(member)-1] + "}"
			}
		}
		return base
	})
	return rapid.Custom(func(t *rapid.T) []byte {
		rows := strings.Join(rapid.SliceOfN(row, 0, 4).Draw(t, "rows"), rapid.SampledFrom([]string{",", " ,\n", ", "}).Draw(t, "between"))
		frame := rapid.SampledFrom([]string{
			`{"status":"success","dids":[%s]}`, `{"dids":[%s],"status":"success"}`, "{ \"status\":\"success\" , \"dids\" : [ %s ] }\n", `x{"message":"m","dids":[%s]}`,
			`{"dids":{"1":%s}}`, `{"a":{"dids":[%s]}}`, `{"dids":[],"dids":[%s]}`, `{"message":"\"dids\":[","dids":[%s]}`,
		}).Draw(t, "frame")
		body := fmt.Appendf(nil, frame, rows)
		for range max(0, rapid.IntRange(-2, 2).Draw(t, "faults")) {
			at, b := rapid.IntRange(0, len(body)-1).Draw(t, "at"), rapid.SampledFrom([]byte("\"\\{}[],:0 n\x00\xff")).Draw(t, "byte")
			switch rapid.IntRange(0, 3).Draw(t, "fault") {
			case 0:
				body[at] = b
			case 1:
				body = slices.Insert(body, at, b)
			case 2:
				body = slices.Delete(body, at, at+1)
			case 3:
				body = body[:at+1]
			}
		}
		return body
	})
}

func TestScanGivesWhatJSONTextGives(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) { checkScan(t, pages().Draw(t, "page")) })
}

func FuzzScan(f *testing.F) {
	for _, s := range seeds() {
		f.Add([]byte(s))
	}
	f.Add(marketPage(2))
	f.Fuzz(func(t *testing.T, body []byte) { checkScan(t, body) })
}
