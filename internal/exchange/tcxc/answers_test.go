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

// TestFailuresOfAuthentication tells them from refusals that only sound alike.
// Only the one that the document knows proves that nothing was done.
func TestFailuresOfAuthentication(t *testing.T) {
	t.Parallel()
	tests := []struct {
		words   string
		code    fault.Code
		nothing bool
	}{
		{"Wrong signature", fault.Unauthorized, true},
		{"wrong signature.", fault.Unauthorized, true},
		{"Invalid API key.", fault.Unauthorized, false},
		{"Unauthorized", fault.Unauthorized, false},
		{"Authentication failed", fault.Unauthorized, false},
		{"Access denied", fault.Refused, false},
		{"No access to this number any more", fault.Refused, false},
		{"Numbers of Turkey are not for sale", fault.Refused, false},
		{"The local authority requires an address", fault.Refused, false},
	}
	for _, tt := range tests {
		t.Run(tt.words, func(t *testing.T) {
			t.Parallel()
			c, _ := answering(t, `{"status":"fail","error":"`+tt.words+`"}`)
			err := c.Writer().Unsubscribe(t.Context(), "60")
			if fault.CodeOf(err) != tt.code || errors.Is(err, fault.ErrNothingDone) != tt.nothing {
				t.Errorf("got %v, want %s", err, tt.code)
			}
		})
	}
}

// TestSoldIsTold marks the refusals which say that a number is sold, and no
// others.
func TestSoldIsTold(t *testing.T) {
	t.Parallel()
	for words, want := range map[string]bool{
		"This DID can not be purchased, it has been already sold": true,
		"The number has been sold.":                               true,
		"There was an error.":                                     false,
		"Oversold account":                                        false,
	} {
		c, _ := answering(t, `{"status":"error","message":"`+words+`"}`)
		err := c.Writer().Purchase(t.Context(), exchange.Purchase{ID: "60", Account: 1, Contact: "sip:a@sip.example.net:5060"})
		if fault.CodeOf(err) != fault.Refused || errors.Is(err, fault.ErrSold) != want {
			t.Errorf("%q: got %v, want it refused, and told as sold: %v", words, err, want)
		}
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
