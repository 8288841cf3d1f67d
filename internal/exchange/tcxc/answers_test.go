package tcxc_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
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

// TestFailuresOfAuthentication tells them from refusals that only sound alike:
// a write that failed so may be sent again.
func TestFailuresOfAuthentication(t *testing.T) {
	t.Parallel()
	tests := []struct {
		words string
		code  fault.Code
	}{
		{"Wrong signature", fault.Unauthorized},
		{"Invalid API key.", fault.Unauthorized},
		{"Unauthorized", fault.Unauthorized},
		{"Authentication failed", fault.Unauthorized},
		{"Access denied", fault.Unauthorized},
		{"Numbers of Turkey are not for sale", fault.Refused},
		{"The local authority requires an address", fault.Refused},
	}
	for _, tt := range tests {
		t.Run(tt.words, func(t *testing.T) {
			t.Parallel()
			c, _ := answering(t, `{"status":"fail","error":"`+tt.words+`"}`)
			err := c.Writer().Unsubscribe(t.Context(), "60")
			if fault.CodeOf(err) != tt.code || errors.Is(err, fault.ErrNothingDone) != (tt.code == fault.Unauthorized) {
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
