package tcxc_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"didops/internal/exchange"
	"didops/internal/exchange/sandbox"
	"didops/internal/exchange/tcxc"
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
		b.Helper()
		b.ReportMetric(float64(b.N)*rows/b.Elapsed().Seconds(), "rows/s")
	}
	b.Run("tcxc", func(b *testing.B) {
		take := tcxc.NewDecoder().Take()
		b.SetBytes(int64(len(page)))
		b.ReportAllocs()
		for b.Loop() {
			if n, err := take(page); err != nil || n != rows {
				b.Fatalf("got %d rows, error %v", n, err)
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

// BenchmarkSearch compares a whole reading with the plain download of the
// same pages over loopback, one after the other and four at a time.
func BenchmarkSearch(b *testing.B) {
	const page = 500
	for _, rows := range []int{50_000, 1_000_000} {
		s := newExchange(b, sandbox.Options{Numbers: rows, PageMost: page})
		server := httptest.NewServer(s)
		b.Cleanup(server.Close)
		b.Run(fmt.Sprintf("read-%d", rows), func(b *testing.B) {
			c := client(b, s, func(o *tcxc.Options) {
				o.URL, o.Dial, o.PageSize, o.ReadDeadline = server.URL, nil, page, time.Hour
			})
			b.ReportAllocs()
			peak := watchHeap(b)
			for b.Loop() {
				n := 0
				reading, err := c.Reader().Market(b.Context(), exchange.MarketQuery{}, func(rows []exchange.Offer) error {
					n += len(rows)
					return nil
				})
				if err != nil || n != rows || !reading.Complete {
					b.Fatalf("got %d rows, %+v, error %v", n, reading, err)
				}
			}
			b.ReportMetric(float64(peak())/(1<<20), "peak-MiB")
			b.ReportMetric(float64(b.N)*float64(rows)/b.Elapsed().Seconds(), "rows/s")
		})
		for _, ahead := range []int{1, 4} {
			b.Run(fmt.Sprintf("download-%d-by-%d", rows, ahead), func(b *testing.B) {
				for b.Loop() {
					download(b, server.URL, rows, page, ahead)
				}
				b.ReportMetric(float64(b.N)*float64(rows)/b.Elapsed().Seconds(), "rows/s")
			})
		}
	}
}

// watchHeap returns a function that ends the watch and returns the largest
// heap in use that was seen.
func watchHeap(b *testing.B) func() uint64 {
	b.Helper()
	ended, peak := make(chan struct{}), make(chan uint64)
	runtime.GC()
	go func() {
		var most uint64
		for tick := time.NewTicker(20 * time.Millisecond); ; {
			select {
			case <-tick.C:
				var m runtime.MemStats
				runtime.ReadMemStats(&m)
				most = max(most, m.HeapInuse)
			case <-ended:
				tick.Stop()
				peak <- most
				return
			}
		}
	}()
	return func() uint64 {
		close(ended)
		return <-peak
	}
}

// download fetches the pages of a whole market and throws them away.
func download(b *testing.B, base string, rows, page, ahead int) {
	b.Helper()
	offs := make(chan int)
	var group sync.WaitGroup
	h := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: ahead}}
	defer h.CloseIdleConnections()
	for range ahead {
		group.Go(func() {
			for off := range offs {
				if err := downloadPage(b.Context(), h, base, off, page); err != nil {
					b.Error(err)
				}
			}
		})
	}
	for off := 0; off <= rows; off += page {
		offs <- off
	}
	close(offs)
	group.Wait()
}

func downloadPage(ctx context.Context, h *http.Client, base string, off, page int) error {
	ts := strconv.FormatInt(time.Now().Unix(), 10)
	form := url.Values{
		"webapi": {"1"}, "searchform": {"1"}, "did_type": {"any"}, "ts": {ts}, "api_login": {testLogin},
		"pager": {strconv.Itoa(page)}, "off": {strconv.Itoa(off)},
		"signature": {sandbox.Signature("dids_market", testKey, testLogin, ts)},
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, base+"/number/market", strings.NewReader(form.Encode()))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	res, err := h.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	_, err = io.Copy(io.Discard, res.Body)
	return err
}
