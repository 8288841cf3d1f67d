package tcxc

import (
	"context"
	"math/rand/v2"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/rs/zerolog"

	"didops/internal/fault"
)

// Auth is how requests prove who sends them.
type Auth string

// The two schemes that the exchange documents.
const (
	Signature Auth = "signature" // SHA-256 over controller, key, login and time
	Digest    Auth = "digest"    // HTTP Digest (RFC 7616): login and key
)

// Style is how the exchange's methods are addressed.
type Style string

// The two styles of the buyers' API document: its text has paths, its PHP
// samples have scripts.
const (
	REST Style = "rest" // /number/market
	PHP  Style = "php"  // /dids_market.php
)

// Paging says what the exchange counts with its parameter "off".
type Paging string

// The document calls "off" an offset; the exchange's own scripts send 1 for
// the first page.
const (
	Rows  Paging = "rows"
	Pages Paging = "pages"
)

// Options configure a [Client]. URL, Login and Key are needed; for every
// other field the zero value has the stated meaning.
type Options struct {
	URL               string        // https://host[:port][/path]; http is for loopback only
	Auth              Auth          // "": Signature
	Login             string        // trimmed
	Key               string        // trimmed
	Style             Style         // "": REST
	ListPath          string        // REST path of the purchased list; "": /number/list
	Timeout           time.Duration // of one request; 0: 15 s
	RequestsPerSecond float64       // shared by reader and writer; 0: not limited
	Share             float64       // of RequestsPerSecond, for what is read in the background; 0: a half
	PageSize          int           // rows asked for per page; 0: 500
	Paging            Paging        // "": Rows
	ReadDeadline      time.Duration // of one whole reading; 0: 30 s

	// Dial makes the connections; nil: the network.
	Dial func(ctx context.Context, network, addr string) (net.Conn, error)
	// Proxy chooses a proxy as in [http.Transport]; nil: none.
	Proxy func(*http.Request) (*url.URL, error)
	// Now is the clock that requests are signed with; nil: the system's.
	Now func() time.Time
	// Rand spreads the pauses between tries, in [0,1); nil: math/rand.
	Rand func() float64
	// Log gets what was left out and what was tried again; the zero logger
	// writes nowhere.
	Log *zerolog.Logger
	// Observe is told of every request; nil: nobody is. It is called from
	// several goroutines.
	Observe func(Request)
	// Failed is told of every page that could not be read, after the last try,
	// and of every write that did not end well; nil: nobody is. What a caller
	// breaks off is no failure. It is called from several goroutines.
	Failed func(operation string, code fault.Code)
}

// Request describes one request that was made, for metrics.
type Request struct {
	Operation string        // market, list, purchase, update, unsubscribe, calls, messages, message, challenge
	Attempt   int           // from 1
	Status    string        // 2xx, 3xx, 4xx, 429, 5xx, or error where no answer came
	Duration  time.Duration // until the body was read

	Background bool // nobody waited for it
}

// Operations returns the names that requests have.
func Operations() []string {
	list := []string{challengeName}
	for _, op := range []operation{opMarket, opList, opPurchase, opUnsubscribe, opUpdate} {
		list = append(list, op.method().name)
	}
	return list
}

// Statuses returns what [Request.Status] may be.
func Statuses() []string { return []string{"1xx", "2xx", "3xx", "4xx", "429", "5xx", "error"} }

// withDefaults returns o with defaults in place of zero values.
func (o Options) withDefaults() Options {
	o.Login, o.Key = strings.TrimSpace(o.Login), strings.TrimSpace(o.Key)
	o.Auth = either(o.Auth, Signature)
	o.Style = either(o.Style, REST)
	o.Paging = either(o.Paging, Rows)
	o.ListPath = either(o.ListPath, listPath)
	o.Timeout = either(o.Timeout, 15*time.Second)
	o.ReadDeadline = either(o.ReadDeadline, 30*time.Second)
	o.PageSize = either(o.PageSize, 500)
	o.Share = either(o.Share, 0.5)
	if o.Now == nil {
		o.Now = time.Now //nolint:forbidigo // the one default of the injected clock
	}
	if o.Rand == nil {
		o.Rand = rand.Float64
	}
	if o.Log == nil {
		silent := zerolog.Nop()
		o.Log = &silent
	}
	if o.Observe == nil {
		o.Observe = func(Request) {}
	}
	if o.Failed == nil {
		o.Failed = func(string, fault.Code) {}
	}
	return o
}

func either[T comparable](v, otherwise T) T {
	var zero T
	if v == zero {
		return otherwise
	}
	return v
}

// check returns an Invalid fault for the first field that can't be used. Its
// Field is the name of the setting; no value is repeated.
func (o Options) check() error {
	switch {
	case o.Login == "":
		return fault.New(fault.Invalid, "the login for the exchange is missing").WithField("api_login")
	case o.Key == "":
		return fault.New(fault.Invalid, "the key for the exchange is missing").WithField("api_key")
	case o.Auth != Signature && o.Auth != Digest:
		return fault.New(fault.Invalid, "auth must be signature or digest").WithField("auth")
	case o.Style != REST && o.Style != PHP:
		return fault.New(fault.Invalid, "style must be rest or php").WithField("style")
	case o.Paging != Rows && o.Paging != Pages:
		return fault.New(fault.Invalid, "paging must be rows or pages").WithField("paging")
	case !strings.HasPrefix(o.ListPath, "/") || strings.ContainsAny(o.ListPath, "?#% \t\r\n"):
		return fault.New(fault.Invalid, "list_path must be a path such as %s", listPath).WithField("list_path")
	}
	return o.checkPace()
}

// checkPace is that part of it which is about how much and how often.
func (o Options) checkPace() error {
	switch {
	case o.PageSize < 1:
		return fault.New(fault.Invalid, "page_size must be at least 1").WithField("page_size")
	case o.Timeout < 0 || o.ReadDeadline < 0:
		return fault.New(fault.Invalid, "a time-out can't be negative").WithField("timeout")
	case o.RequestsPerSecond < 0:
		return fault.New(fault.Invalid, "requests_per_second can't be negative").WithField("requests_per_second")
	case o.Share < 0 || o.Share > 1:
		return fault.New(fault.Invalid, "share must be between 0 and 1").WithField("share")
	}
	return nil
}

// base returns the URL of the exchange without a trailing slash. It accepts
// HTTPS, and plain HTTP to loopback, because signed requests can be replayed
// by whoever reads them.
func (o Options) base() (string, error) {
	u, err := url.Parse(strings.TrimSpace(o.URL))
	switch {
	case err != nil || u.Hostname() == "":
		return "", badURL("url is not an address such as https://api.example.net")
	case u.User != nil:
		return "", badURL("url must not hold a login or password")
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return "", badURL("url must not hold a query or a fragment")
	case u.Scheme != "https" && u.Scheme != "http":
		return "", badURL("url must begin with https://")
	case u.Scheme == "http" && !loopback(u.Hostname()):
		return "", badURL("url must begin with https://: without it, whoever reads a request can release numbers")
	}
	return strings.TrimRight(u.String(), "/"), nil
}

func badURL(message string) error { return fault.New(fault.Invalid, "%s", message).WithField("url") }

func loopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}
