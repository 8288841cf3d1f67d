package sandbox_test

import (
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"didops/internal/exchange/sandbox"
)

// BenchmarkMarket reads whole markets through the connection in memory.
func BenchmarkMarket(b *testing.B) {
	for _, test := range []struct {
		name    string
		numbers int
		page    int
		form    []string
	}{
		{"50k rows pages of 250", 50_000, 250, nil},
		{"1M rows pages of 250", 1_000_000, 250, nil},
		{"1M rows pages of 5000", 1_000_000, 5000, nil},
		{"1M rows of one country", 1_000_000, 250, []string{"country", "UNITED ARAB EMIRATES"}},
		{"1M rows of one prefix", 1_000_000, 250, []string{"prefix", "97150"}},
		{"1M rows with SMS", 1_000_000, 250, []string{"sms", "1"}},
	} {
		b.Run(test.name, func(b *testing.B) {
			r := start(b, sandbox.Options{Numbers: test.numbers, PageMost: test.page})
			b.ReportAllocs()
			rows := 0
			for b.Loop() {
				for off := 0; ; {
					n := r.count(append(test.form, "searchform", "1", "pager", strconv.Itoa(test.page), "off", strconv.Itoa(off)))
					if n == 0 {
						break
					}
					rows, off = rows+n, off+n
				}
			}
			b.ReportMetric(float64(rows)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}

// count reads a page and counts its rows without decoding them.
func (r *rig) count(form []string) int {
	body := sign("/number/market", values(form...)).Encode()
	req, err := http.NewRequestWithContext(r.t.Context(), http.MethodPost, "http://sandbox/number/market", strings.NewReader(body))
	if err != nil {
		r.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := r.client.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	return strings.Count(string(b), `"country_code":`)
}

// BenchmarkNew makes a sandbox and answers its first request.
func BenchmarkNew(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		r := start(b, sandbox.Options{})
		r.count([]string{"searchform", "1", "pager", "1", "off", "0"})
	}
}
