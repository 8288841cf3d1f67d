package did_test

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"hash"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strconv"
	"testing"
	"time"

	"didops/internal/exchange"
	"didops/internal/exchange/sandbox"
	"didops/internal/exchange/tcxc"
	"didops/internal/request"
	"didops/internal/testing/wide"
	"didops/tools/did"
)

// TestMemoryDoesNotGrowWithTheMarket holds that a search keeps no more than
// its best rows, however many it reads. It does not run beside other tests,
// whose memory would count.
func TestMemoryDoesNotGrowWithTheMarket(t *testing.T) {
	if testing.Short() {
		t.Skip("reads 250,000 rows")
	}
	few, many := liveAfter(t, 50_000), liveAfter(t, 200_000)
	t.Logf("%d KiB live after 50,000 rows, %d KiB after 200,000", few>>10, many>>10)
	if many > few*3/2 && many > few+8<<20 {
		t.Errorf("got %d KiB live after 200,000 rows and %d KiB after 50,000, want about the same", many>>10, few>>10)
	}
}

// liveAfter returns how much a search over so many rows leaves behind.
func liveAfter(t *testing.T, rows int) int64 {
	t.Helper()
	r := start(t, setup{
		sandbox: sandbox.Options{Numbers: rows, PageMost: 2000},
		client:  tcxc.Options{PageSize: 2000, ReadDeadline: time.Hour, Timeout: time.Hour},
		did:     did.Config{Cache: longCache},
	})
	r.get("did_search", args{"country": "Jamaica"}) // what is made once
	before := live()
	got := r.get("did_search", args{})
	if all := got.Matched + got.Hidden; all != rows || !got.Complete {
		t.Fatalf("got %d rows, complete %v; want all %d", all, got.Complete, rows)
	}
	after := live()
	if next := r.get("did_search", args{"cursor": got.Next}); len(next.Numbers) != 10 {
		t.Fatalf("got %d rows on the next page, want 10", len(next.Numbers))
	}
	return after - before
}

func live() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// TestReadingHoldsNoMoreForMore holds that a reading has no more in memory for
// a million rows than for a thousand while it is under way, but for what it
// remembers to tell rows apart: with all filters or none, and where every row
// goes to a recording besides. Each row has a description of its own, so that
// nothing is kept by what repeats.
func TestReadingHoldsNoMoreForMore(t *testing.T) {
	if testing.Short() {
		t.Skip("reads two million rows")
	}
	few, many, most := 1_000, wide.Pick(200_000, 1_000_000), int64(8<<20)
	filters := args{
		"country": "UAE", "prefix": "9715", "type": "mobile", "sms": true, "fax": false, "vendor": "Seller 7", "description": "line",
		"pattern": "*5*", "max_monthly_fee": "40", "max_setup_fee": "7", "documents": "not_required", "sort": "first_year_cost",
	}
	for name, a := range map[string]args{"no filter": {}, "all filters": filters} {
		small, large := heldBy(t, few, a), heldBy(t, many, a)
		t.Logf("%s: %d KiB while %d rows are read, %d KiB while %d are", name, small>>10, few, large>>10, many)
		if large > small+most {
			t.Errorf("%s: got %d KiB for %d rows and %d KiB for %d, want about the same", name, large>>10, many, small>>10, few)
		}
	}
}

// heldBy returns the most that is alive at any of some twenty moments of a search
// over so many rows, above what was alive before it.
func heldBy(t *testing.T, rows int, a args) int64 {
	t.Helper()
	market := httptest.NewServer(madeUp(rows))
	defer market.Close()
	client, err := tcxc.New(tcxc.Options{
		URL: market.URL, Login: "sandbox", Key: "sandbox", PageSize: 1000, ReadDeadline: time.Hour, Timeout: time.Hour,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	record := &recorded{Reader: client.Reader(), sum: sha256.New()}
	r := &harness{tb: t, client: client}
	c := call("did_search", a)
	gate, before := r.front(did.Config{Reader: record}), live()
	var peak int64
	next := 0
	c.Progress = func(p request.Progress) {
		if p.Done >= next {
			next = p.Done + rows/20
			peak = max(peak, live())
		}
	}
	out, err := gate.Call(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	var got page
	if err := json.Unmarshal(out.Data, &got); err != nil {
		t.Fatal(err)
	}
	if want := fits(rows, a); !got.Complete || got.Matched != want || record.rows != rows || next < rows {
		t.Fatalf("got %d rows that fit of %d, %d recorded, complete %v, samples up to row %d", got.Matched, want, record.rows, got.Complete, next)
	}
	return peak - before
}

// fits counts the rows of a made-up market that a search finds: all, or those
// that meet every filter of the test.
func fits(rows int, a args) (n int) {
	for i := range rows {
		if len(a) == 0 || i%40 == 7 && i%100 <= 40 {
			n++
		}
	}
	return n
}

// madeUp is an exchange with so many numbers, which it makes when it is asked.
func madeUp(rows int) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		off, _ := strconv.Atoi(r.FormValue("off"))
		pager, _ := strconv.Atoi(r.FormValue("pager"))
		body := []byte(`{"status":"success","dids":[`)
		for i := off; i < min(off+pager, rows); i++ {
			if i > off {
				body = append(body, ',')
			}
			body = fmt.Appendf(body, `{"i_did":"%d","number":"9715%08d","price_1":"0.01","price_n":"0.01","interval_1":"60","interval_n":"60",`+
				`"monthly_fee":"%d.0000","setup_fee":"6.6000","voice":"1","sms":"1","fax":"0","capacity":"2","did_type":"mobile",`+
				`"verification_required":"0","vendor_name":"Seller %d","country_code":"ae","description":"Line %d"}`,
				i+1, i, i%100, i%40, i)
		}
		_, _ = w.Write(append(body, "]}"...))
	})
}

// recorded is a reader that shows every row to a recording, which keeps none.
type recorded struct {
	exchange.Reader
	sum  hash.Hash
	rows int
}

func (r *recorded) Market(ctx context.Context, q exchange.MarketQuery, take func([]exchange.Offer) error) (exchange.Reading, error) {
	return r.Reader.Market(ctx, q, func(page []exchange.Offer) error {
		for i := range page {
			_, _ = fmt.Fprintln(r.sum, page[i].Digits, page[i].MonthlyFee)
		}
		r.rows += len(page)
		return take(page)
	})
}
