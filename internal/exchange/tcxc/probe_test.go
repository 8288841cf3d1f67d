package tcxc_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"didops/internal/exchange/sandbox"
	"didops/internal/exchange/tcxc"
	"didops/internal/fault"
)

func TestProbe(t *testing.T) {
	t.Parallel()
	now := time.Now()
	s := newExchange(t, sandbox.Options{
		Numbers: 300, PageMost: 70, ListTypo: true, OffUnit: sandbox.OffPages,
		Now: func() time.Time { return now.Add(-42 * time.Second) },
	})
	p := client(t, s, func(o *tcxc.Options) { o.Now = func() time.Time { return now } }).Reader().Probe()
	if ahead, err := p.Clock(t.Context()); err != nil || ahead != -42*time.Second {
		t.Errorf("clock: got %v, %v, want -42s", ahead, err)
	}
	if err := p.Credentials(t.Context()); err != nil {
		t.Errorf("credentials: %v", err)
	}
	if path, err := p.ListPath(t.Context()); err != nil || path != "/numbes/list" {
		t.Errorf("list path: got %q, %v, want /numbes/list", path, err)
	}
	if asked, given, err := p.PageSize(t.Context()); err != nil || asked != 500 || given != 70 {
		t.Errorf("page size: got %d of %d, %v, want 70 of 500", given, asked, err)
	}
	if unit, err := p.Paging(t.Context()); err != nil || unit != tcxc.Pages {
		t.Errorf("paging: got %q, %v, want pages", unit, err)
	}
}

func TestProbePaging(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		o      sandbox.Options
		faults []sandbox.Fault
		want   tcxc.Paging
	}{
		{"rows", sandbox.Options{}, nil, tcxc.Rows},
		{"pages from 0", sandbox.Options{OffUnit: sandbox.OffPages}, nil, tcxc.Pages},
		{"pages from 1", sandbox.Options{OffUnit: sandbox.OffPages}, []sandbox.Fault{{Kind: sandbox.RepeatPage, After: 1}}, tcxc.Pages},
		{"no rows", sandbox.Options{}, []sandbox.Fault{{Kind: sandbox.EmptyPage}}, ""},
		{"one row", sandbox.Options{}, []sandbox.Fault{{Kind: sandbox.ShortPage, Rows: 1}}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newExchange(t, tt.o)
			s.Script(tt.faults...)
			got, err := client(t, s).Reader().Probe().Paging(t.Context())
			if err != nil || got != tt.want {
				t.Errorf("got %q, %v, want %q", got, err, tt.want)
			}
		})
	}
}

func TestProbeCountries(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		faults []sandbox.Fault
		want   tcxc.Naming
	}{
		{"its own spelling only", nil, tcxc.AsSpelled},
		{"no rows at all", []sandbox.Fault{{Kind: sandbox.EmptyPage}}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newExchange(t, sandbox.Options{})
			s.Script(tt.faults...)
			got, err := client(t, s).Reader().Probe().Countries(t.Context())
			if err != nil || got != tt.want {
				t.Errorf("got %q, %v, want %q", got, err, tt.want)
			}
		})
	}
	for want, rows := range map[tcxc.Naming][]bool{
		tcxc.AnyCase: {true, true, true}, tcxc.AsSpelled: {true, false, true}, tcxc.Nameless: {false, false, false},
	} {
		got, err := naming(t, rows).Countries(t.Context())
		if err != nil || got != want {
			t.Errorf("got %q, %v, want %q", got, err, want)
		}
	}
}

// naming is the probe of an exchange that finds rows by the name of a country
// as it is spelled, in capitals and in small letters, or not.
func naming(tb testing.TB, rows []bool) *tcxc.Probe {
	tb.Helper()
	spellings := []string{"Jordan", "JORDAN", "jordan"}
	ts := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := r.PostFormValue("country")
		if i := slices.Index(spellings, name); name == "" || i >= 0 && rows[i] {
			_, _ = io.WriteString(w, `{"status":"success","dids":[{"i_did":"1","number":"962791000001","country_name":"Jordan","monthly_fee":"1.00","setup_fee":"0.00"}]}`)
			return
		}
		_, _ = io.WriteString(w, `{"status":"success","dids":[]}`)
	}))
	tb.Cleanup(ts.Close)
	c, err := tcxc.New(tcxc.Options{URL: ts.URL, Login: testLogin, Key: testKey})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(c.Close)
	return c.Reader().Probe()
}

func TestProbeFailures(t *testing.T) {
	t.Parallel()
	s := newExchange(t, sandbox.Options{})
	p := client(t, s, func(o *tcxc.Options) { o.Key = "another" }).Reader().Probe()
	if err := p.Credentials(t.Context()); fault.CodeOf(err) != fault.Unauthorized {
		t.Errorf("credentials: got %v, want unauthorized", err)
	}
	if _, err := p.ListPath(t.Context()); fault.CodeOf(err) != fault.Unauthorized {
		t.Errorf("list path: got %v, want unauthorized", err)
	}
	if _, err := p.Clock(t.Context()); err != nil {
		t.Errorf("clock: got %v: it needs no credentials", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Clock(t.Context()); fault.CodeOf(err) != fault.Unavailable {
		t.Errorf("clock of an exchange that is down: got %v, want unavailable", err)
	}
}
