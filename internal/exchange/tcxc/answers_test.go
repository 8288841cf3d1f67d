package tcxc_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rs/zerolog"

	"didops/internal/exchange"
	"didops/internal/exchange/tcxc"
	"didops/internal/fault"
)

// answering returns a client of a server that gives body to every request,
// and what it logs.
func answering(t *testing.T, body string) (*tcxc.Client, *bytes.Buffer) {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, body)
	}))
	t.Cleanup(s.Close)
	var log bytes.Buffer
	logger := zerolog.New(&log).Level(zerolog.TraceLevel)
	c, err := tcxc.New(tcxc.Options{URL: s.URL, Login: testLogin, Key: testKey, Log: &logger, Rand: func() float64 { return 0 }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c, &log
}

// TestAnswersOfOthers: what a firewall, a proxy or a maintenance page answers
// proves nothing about the credentials, and every such answer says what to do.
func TestAnswersOfOthers(t *testing.T) {
	t.Parallel()
	const page = "<!DOCTYPE html><html><head><title>403</title></head><body>Forbidden</body></html>"
	for _, tt := range []struct {
		name       string
		status     int
		body       string
		code       fault.Code
		says, hint string
	}{
		{"a firewall's page", 403, page, fault.Unavailable, "HTTP 403 with a web page", "allowed"},
		{"a bare 403", 403, "", fault.Unavailable, "HTTP 403 and nothing else", "api_login and api_key"},
		{"text", 403, "error code: 1006", fault.Unavailable, "HTTP 403", "proxy or firewall"},
		{"a gateway's JSON", 403, `{"message":"Forbidden"}`, fault.Unavailable, `HTTP 403: "Forbidden"`, "allowed"},
		{"the exchange's own word", 403, `{"status":"error","message":"Your IP is not whitelisted"}`, fault.Refused, `"Your IP is not whitelisted"`, "allowed"},
		{"the exchange's own word on credentials", 403, `{"status":"fail","error":"Invalid API key"}`, fault.Unauthorized, `"Invalid API key"`, "api_key"},
		{"a page with 401", 401, page, fault.Unauthorized, "HTTP 401", "api_key"},
		{"a proxy", 407, page, fault.Unavailable, "HTTP 407", "HTTPS_PROXY"},
		{"another of 4xx", 418, page, fault.Unavailable, "HTTP 418", "[exchange] url"},
		{"broken", 500, page, fault.Unavailable, "HTTP 500 with a web page", "support"},
		{"no gateway", 502, "", fault.Unavailable, "HTTP 502 and nothing else", "a few minutes"},
		{"maintenance", 503, page, fault.Unavailable, "HTTP 503", "maintained"},
		{"maintenance as a success", 200, page, fault.Unavailable, "other than JSON: a web page", "maintenance"},
		{"empty", 200, " \r\n", fault.Unavailable, "an empty answer", "a few minutes"},
		{"no content", 204, "", fault.Unavailable, "an empty answer", "a few minutes"},
		{"cut", 200, `{"status":"succ`, fault.Unavailable, "other than JSON", "[exchange] url"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(tt.status)
				_, _ = io.WriteString(w, tt.body)
			}))
			t.Cleanup(s.Close)
			c, err := tcxc.New(tcxc.Options{URL: s.URL, Login: testLogin, Key: testKey, Rand: func() float64 { return 0 }})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(c.Close)
			_, _, err = c.Reader().FindOwned(t.Context(), "380671234567")
			f, _ := fault.As(err)
			if fault.CodeOf(err) != tt.code || !strings.Contains(f.Message, tt.says) || !strings.Contains(f.Hint, tt.hint) {
				t.Errorf("got %s: %v (%+v), want %s, %q, and %q in the hint", fault.CodeOf(err), err, f, tt.code, tt.says, tt.hint)
			}
		})
	}
}

// TestProxyWantsCredentials meets a proxy that opens no connection.
func TestProxyWantsCredentials(t *testing.T) {
	t.Parallel()
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusProxyAuthRequired)
	}))
	t.Cleanup(proxy.Close)
	via, err := url.Parse(proxy.URL)
	if err != nil {
		t.Fatal(err)
	}
	c, err := tcxc.New(tcxc.Options{URL: "https://api.example.net", Login: testLogin, Key: testKey, Proxy: http.ProxyURL(via)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	_, _, err = c.Reader().FindOwned(t.Context(), "380671234567")
	f, _ := fault.As(err)
	if fault.CodeOf(err) != fault.Unavailable || !strings.Contains(f.Message, "407") || !strings.Contains(f.Hint, "HTTPS_PROXY") {
		t.Errorf("got %v, %+v; want unavailable, 407 and HTTPS_PROXY", err, f)
	}
}

// TestFailuresOfAuthentication tells them from refusals that only sound alike.
// None of them proves that nothing was done.
func TestFailuresOfAuthentication(t *testing.T) {
	t.Parallel()
	tests := []struct {
		words string
		code  fault.Code
	}{
		{"Wrong signature", fault.Unauthorized},
		{"wrong signature.", fault.Unauthorized},
		{"Invalid API key.", fault.Unauthorized},
		{"Unauthorized", fault.Unauthorized},
		{"Authentication failed", fault.Unauthorized},
		{"Access denied", fault.Refused},
		{"No access to this number any more", fault.Refused},
		{"Numbers of Turkey are not for sale", fault.Refused},
		{"The local authority requires an address", fault.Refused},
	}
	for _, tt := range tests {
		t.Run(tt.words, func(t *testing.T) {
			t.Parallel()
			c, _ := answering(t, `{"status":"fail","error":"`+tt.words+`"}`)
			err := c.Writer().Unsubscribe(t.Context(), "60")
			if fault.CodeOf(err) != tt.code || errors.Is(err, fault.ErrNothingDone) {
				t.Errorf("got %v, want %s", err, tt.code)
			}
		})
	}
}

// TestBrokenListIsNotQuoted: what an error quotes of an unexpected answer
// holds nobody's routing.
func TestBrokenListIsNotQuoted(t *testing.T) {
	t.Parallel()
	for _, scheme := range []string{"smpp", "Smpp", "sip"} {
		t.Run(scheme, func(t *testing.T) {
			t.Parallel()
			row := `{"contact":"` + scheme + `:login:hunter22:380671234567@192.0.2.34:2776"`
			c, log := answering(t, `{"status":"success","dids":[`+row)
			_, _, err := c.Reader().FindOwned(t.Context(), "380671234567")
			if fault.CodeOf(err) != fault.Unavailable {
				t.Fatalf("got %v, want unavailable", err)
			}
			if text := everything(err) + log.String(); strings.Contains(text, "hunter22") || strings.Contains(text, "192.0.2.34") {
				t.Errorf("the error or the log quotes the routing:\n%s", text)
			}
		})
	}
}

// TestRowWithoutIDHidesNone: a row that can't be bought does not stand for
// one of the same number that can.
func TestRowWithoutIDHidesNone(t *testing.T) {
	t.Parallel()
	c, _ := answering(t, string(answerOf(nexmoRow, with("i_did", `"10"`), nexmoRow, with("i_did", `"10"`))))
	var ids []string
	reading, err := c.Reader().Market(t.Context(), exchange.MarketQuery{}, func(page []exchange.Offer) error {
		for _, o := range page {
			ids = append(ids, o.ID)
		}
		return nil
	})
	if diff := cmp.Diff([]string{"", "10"}, ids); diff != "" || err != nil || !reading.Complete {
		t.Errorf("got error %v, %+v, ids (-want +got):\n%s", err, reading, diff)
	}
}
