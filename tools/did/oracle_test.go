package did_test

import (
	"cmp"
	"fmt"
	"maps"
	"math/big"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"didops/internal/exchange"
	"didops/internal/exchange/sandbox"
	"didops/internal/exchange/tcxc"
	"didops/internal/fault"
	"didops/internal/money"
)

// spellings are ways to name a country, and which countries of the sandbox
// they mean.
func spellings() map[string][]string {
	return map[string][]string{
		"UAE": {"AE"}, "ae": {"AE"}, "ARE": {"AE"}, "the Emirates": {"AE"}, "Emirates": {"AE"}, "+971": {"AE"}, "00971": {"AE"},
		"الإمارات العربية المتحدة": {"AE"}, "United States of America": {"US"}, "usa": {"US"}, "USA": {"US"}, "CANADA": {"CA"},
		"CAN": {"CA"}, "Deutschland": {"DE"}, "Germany": {"DE"}, "49": {"DE"}, "UK": {"GB"}, "Great Britain": {"GB"},
		"Jersey": {"JE"}, "GG": {"GG"}, "+44": {"GB", "GG", "JE"}, "1": {"CA", "DO", "JM", "PR", "US"}, "+1 876": {"JM"},
		"Jamaica": {"JM"}, "República Dominicana": {"DO"}, "Puerto Rico": {"PR"}, "Россия": {"RU"}, "KAZ": {"KZ"},
		"+7": {"KZ", "RU"}, "Côte d'Ivoire": {},
	}
}

// inCity says whether a description or a number is in a city, of those that
// questions name.
func inCity(city string, o offer) bool {
	for prefix := range strings.FieldsSeq(areaCodes()[city]) {
		if strings.HasPrefix(o.Digits, prefix) {
			return true
		}
	}
	all := strings.FieldsFunc(strings.ToLower(o.Description), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	words := " " + strings.Join(all, " ") + " "
	return strings.Contains(words, " "+strings.ToLower(city)+" ") || city == "München" && strings.Contains(words, " munich ")
}

// areaCodes are those of cities; of some there are none.
func areaCodes() map[string]string {
	return map[string]string{
		"Dubai": "9714", "München": "4989", "abu dhabi": "9712", "Etisalat": "", "Nowhere": "",
		"London": `
			1226663 1519204 1519432 1519433 1519434 1519438 1519439 1519451 1519452 1519453 1519455 1519457
			1519471 1519472 1519473 1519474 1519601 1519641 1519642 1519645 1519649 1519657 1519659 1519660
			1519661 1519663 1519667 1519668 1519672 1519673 1519675 1519679 1519680 1519681 1519685 1519686
			1519690 1519850 1519858 1519936 1519951 1519963 4420 1606330 1606862 1606864 1606877 1606878 1740845
			1740852`,
		"Kingston": `
			1613384 1613389 1613507 1613530 1613531 161354 1613634 1613766 1902765 1360297 1570283 1570287
			1570288 1570331 1570552 1570714 1570718 1580564 1603642 1781582 1781585 1845331 1845334 1845336
			1845338 1845339 1845340 1865376 1865717`,
	}
}

// vendors are names of sellers; some have no numbers here.
func vendorNames() []string {
	return []string{"Acme", "ACME", "acme", "Nexmo", "harbour did", "Tamarind Voice", "Acmee", "Nobody Ltd", "Quillnet"}
}

// rat reads an amount without the package that the code uses.
func rat(a money.Amount) *big.Rat { return ratOf(a.String()) }

func ratOf(s string) *big.Rat {
	r, ok := new(big.Rat).SetString(s)
	if !ok {
		panic("not an amount: " + s)
	}
	return r
}

// offer is a row of the market with what the oracle needs of it again and
// again.
type offer struct {
	exchange.Offer
	monthly, setup, year *big.Rat
	row                  map[string]any // as a result shows it, but for the cost of the first year
}

func known(market []exchange.Offer) []offer {
	list := make([]offer, 0, len(market))
	for _, o := range market {
		k := offer{Offer: o, monthly: rat(o.MonthlyFee), setup: rat(o.SetupFee), row: shown(o)}
		k.year = new(big.Rat).Mul(k.monthly, big.NewRat(12, 1))
		k.year.Add(k.year, k.setup)
		list = append(list, k)
	}
	return list
}

// text returns an argument that is text, "" where it is not given.
func (a args) text(name string) string {
	s, _ := a[name].(string)
	return strings.TrimSpace(s)
}

// wants is the specification of the filters, in the plainest way.
func wants(a args, countries []string, o offer) bool {
	if a["country"] != nil && !slices.Contains(countries, o.Country) {
		return false
	}
	if kind := a.text("type"); kind != "" && kind != "any" && o.Type != kind {
		return false
	}
	for name, has := range map[string]bool{"voice": o.Voice, "sms": o.SMS, "fax": o.Fax, "video": o.Video} {
		if want, ok := a[name].(bool); ok && want != has {
			return false
		}
	}
	if fee := a.text("max_monthly_fee"); fee != "" && o.monthly.Cmp(ratOf(fee)) > 0 {
		return false
	}
	if fee := a.text("max_setup_fee"); fee != "" && o.setup.Cmp(ratOf(fee)) > 0 {
		return false
	}
	switch a.text("documents") {
	case "required":
		if !o.NeedsDocuments {
			return false
		}
	case "not_required":
		if o.NeedsDocuments || o.DocumentsUnstated {
			return false
		}
	}
	if city := a.text("city"); city != "" && !inCity(city, o) {
		return false
	}
	pattern := a.text("pattern")
	return strings.HasPrefix(o.Digits, strings.TrimPrefix(a.text("prefix"), "+")) &&
		(a.text("vendor") == "" || strings.EqualFold(o.Vendor, a.text("vendor"))) &&
		strings.Contains(strings.ToLower(o.Description), strings.ToLower(a.text("description"))) &&
		(pattern == "" || oraclePattern(pattern).MatchString(o.Digits))
}

func oraclePattern(pattern string) *regexp.Regexp {
	expr := strings.NewReplacer("+", "", " ", "", "-", "", "?", `\d`, "*", `\d*`).Replace(pattern)
	return regexp.MustCompile("^" + expr + "$")
}

// number returns an argument that is a number, 0 where it is not given.
func (a args) number(name string) int {
	n, _ := a[name].(int)
	return n
}

// given reports whether one of the arguments is there.
func (a args) given(names ...string) bool {
	return slices.ContainsFunc(names, func(name string) bool { return a[name] != nil })
}

// cost is what a row costs a month with the use that is asked about; nil where
// none is, or it has no price.
func (a args) cost(o offer) *big.Rat {
	if !a.given("minutes", "messages") {
		return nil
	}
	return oracleCost(&o.Number, a.number("minutes"), a.number("messages"))
}

// before is the order of the contract: sort key, set-up fee, number.
func before(a args) func(a, b offer) int {
	by, cost := a.text("sort"), a.cost
	return func(a, b offer) int {
		setup := a.setup.Cmp(b.setup)
		number := strings.Compare(a.Digits, b.Digits)
		switch by {
		case "number":
			return number
		case "setup_fee":
			return cmp.Or(setup, number)
		case "monthly_cost":
			return cmp.Or(cost(a).Cmp(cost(b)), setup, number)
		case "first_year_cost":
			return cmp.Or(a.year.Cmp(b.year), setup, number)
		}
		return cmp.Or(a.monthly.Cmp(b.monthly), setup, number)
	}
}

// expected returns the rows that fit and can be bought, in order, how many fit
// but can't, and how many have no cost to stand by.
func expected(market []offer, a args) (rows []offer, hidden, unpriced int) {
	countries := spellings()[a.text("country")]
	for _, o := range market {
		switch {
		case !wants(a, countries, o):
		case o.ID == "":
			hidden++
		case a.text("sort") == "monthly_cost" && a.cost(o) == nil:
			unpriced++
		default:
			rows = append(rows, o)
		}
	}
	slices.SortFunc(rows, before(a))
	return rows, hidden, unpriced
}

// shown is a row as the contract spells it: what is not known is absent.
func shown(o exchange.Offer) map[string]any {
	features := []any{}
	for _, f := range []struct {
		name string
		has  bool
	}{{"voice", o.Voice}, {"sms", o.SMS}, {"fax", o.Fax}, {"video", o.Video}} {
		if f.has {
			features = append(features, f.name)
		}
	}
	row := map[string]any{
		"number": "+" + o.Digits, "i_did": o.ID, "type": o.Type, "features": features,
		"setup_fee": o.SetupFee.String(), "monthly_fee": o.MonthlyFee.String(),
	}
	if !o.DocumentsUnstated {
		row["documents_required"] = o.NeedsDocuments
	}
	for name, text := range map[string]string{
		"country": o.Country, "country_name": o.CountryName, "vendor": o.Vendor, "description": o.Description,
		"price_1": o.Price1.String(), "price_n": o.PriceN.String(), "sms_price": o.SMSPrice.String(),
	} {
		if text != "" {
			row[name] = text
		}
	}
	for name, n := range map[string]*int{"interval_1": o.Interval1, "interval_n": o.IntervalN, "capacity": o.Capacity} {
		if n != nil {
			row[name] = float64(*n)
		}
	}
	return row
}

// drawFilter draws the filters of a search; most narrow the market to
// something.
func drawFilter(t *rapid.T, market []offer) args {
	a := args{}
	some := rapid.SampledFrom(market).Draw(t, "row")
	maybe := func(name string, draw func() any) {
		if rapid.IntRange(0, 3).Draw(t, "with "+name) == 0 {
			a[name] = draw()
		}
	}
	maybe("country", func() any {
		return rapid.SampledFrom(slices.Sorted(maps.Keys(spellings()))).Draw(t, "country")
	})
	maybe("city", func() any {
		return rapid.SampledFrom(slices.Sorted(maps.Keys(areaCodes()))).Draw(t, "city")
	})
	maybe("prefix", func() any {
		plus := rapid.SampledFrom([]string{"", "+"}).Draw(t, "plus")
		return plus + some.Digits[:rapid.IntRange(1, 6).Draw(t, "digits")]
	})
	maybe("type", func() any {
		return rapid.SampledFrom([]string{"any", "national", "mobile", "tollfree", "unknown"}).Draw(t, "type")
	})
	for _, f := range []string{"voice", "sms", "fax", "video"} {
		maybe(f, func() any { return rapid.Bool().Draw(t, f) })
	}
	maybe("pattern", func() any { return drawPattern(t, some.Digits) })
	maybe("max_monthly_fee", func() any { return some.MonthlyFee.String() })
	maybe("max_setup_fee", func() any { return some.SetupFee.String() })
	maybe("documents", func() any {
		return rapid.SampledFrom([]string{"any", "required", "not_required"}).Draw(t, "documents")
	})
	maybe("vendor", func() any { return rapid.SampledFrom(vendorNames()).Draw(t, "vendor") })
	maybe("description", func() any {
		letters := []rune(some.Description)
		from := rapid.IntRange(0, len(letters)).Draw(t, "from")
		part := string(letters[from:rapid.IntRange(from, len(letters)).Draw(t, "to")])
		if rapid.Bool().Draw(t, "upper") {
			part = strings.ToUpper(part)
		}
		return part
	})
	for _, name := range []string{"minutes", "messages"} {
		maybe(name, func() any { return rapid.SampledFrom([]int{0, 1, 7, 3000, 10_000_000}).Draw(t, name) })
	}
	maybe("sort", func() any {
		by := []string{"monthly_fee", "setup_fee", "first_year_cost", "number"}
		if a.given("minutes", "messages") {
			by = append(by, "monthly_cost", "monthly_cost")
		}
		return rapid.SampledFrom(by).Draw(t, "sort")
	})
	return a
}

// drawPattern puts ? and * into a number. At least one digit or ? stays.
func drawPattern(t *rapid.T, digits string) string {
	var b strings.Builder
	if rapid.Bool().Draw(t, "anywhere") {
		b.WriteByte('*')
		digits = digits[rapid.IntRange(0, len(digits)-1).Draw(t, "tail"):]
	}
	for i, d := range digits {
		switch rapid.IntRange(0, 5).Draw(t, "place") {
		case 0:
			b.WriteByte('?')
		case 1, 2:
			b.WriteByte('*')
		default:
			b.WriteRune(d)
		}
		if i == 0 && strings.Trim(b.String(), "*") == "" {
			b.WriteByte('?')
		}
	}
	return b.String()
}

// TestSearchEqualsBruteForce holds that a search returns what filtering and
// sorting the whole market would, and counts what it leaves out.
func TestSearchEqualsBruteForce(t *testing.T) {
	t.Parallel()
	r := start(t, setup{
		sandbox: sandbox.Options{Numbers: 2000, Seed: 7, PageMost: 1000},
		client:  tcxc.Options{PageSize: 1000},
	})
	market := known(r.offers())
	rapid.Check(t, func(rt *rapid.T) {
		a := drawFilter(rt, market)
		if rapid.Bool().Draw(rt, "with months") {
			a["contract_months"] = rapid.IntRange(1, 120).Draw(rt, "months")
		}
		want, hidden, unpriced := expected(market, a)
		c := call("did_search", a)
		c.Whole = true
		got, err := read(t.Context(), r.gate, c)
		if f, ok := fault.As(err); ok && f.Code == fault.Invalid && (f.Field == "prefix" || f.Field == "vendor") && len(want)+hidden+unpriced == 0 {
			return
		}
		if err != nil {
			rt.Fatalf("%v: %v; %d rows fit", a, err, len(want))
		}
		if got.Matched != len(want) || got.Hidden != hidden || got.Unpriced != unpriced || !got.Complete || got.Unreadable != 0 {
			rt.Fatalf("%v: got %d matched, %d hidden, %d without a price, complete %v, want %d, %d and %d, complete",
				a, got.Matched, got.Hidden, got.Unpriced, got.Complete, len(want), hidden, unpriced)
		}
		if len(got.Numbers) != len(want) {
			rt.Fatalf("%v: got %d rows, want %d", a, len(got.Numbers), len(want))
		}
		for i, o := range want {
			if diff := differs(a, o, got.Numbers[i]); diff != "" {
				rt.Fatalf("%v: row %d (-want +got):\n%s", a, i, diff)
			}
		}
	})
}

// differs compares a row with what it should be. Costs are compared as amounts:
// one amount has several spellings.
func differs(a args, want offer, got map[string]any) string {
	month, rest := a.cost(want), maps.Clone(got)
	costs := map[string]*big.Rat{"first_year_cost": want.year, "monthly_cost": month, "contract_cost": nil}
	if months := a.number("contract_months"); months > 0 && (month != nil || !a.given("minutes", "messages")) {
		if month == nil {
			month = want.monthly
		}
		total := new(big.Rat).Mul(month, big.NewRat(int64(months), 1))
		costs["contract_cost"] = total.Add(total, want.setup)
	}
	for name, cost := range costs {
		text, there := got[name].(string)
		if there != (cost != nil) || there && ratOf(text).Cmp(cost) != 0 {
			return fmt.Sprintf("%s: got %q, want %s", name, text, cost)
		}
		delete(rest, name)
	}
	if reflect.DeepEqual(rest, want.row) {
		return ""
	}
	return gocmp.Diff(want.row, rest)
}
