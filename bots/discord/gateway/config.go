package gateway

import (
	"context"
	"crypto/ed25519"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"didops/internal/cache"
	"didops/internal/deadline"
	"didops/internal/lease"
)

// Config is what a [Link] is made of.
type Config struct {
	Token     string            // the bot's, without "Bot "; "" = calls that need it are refused
	RESTURL   string            // scheme and host of REST calls, https or loopback; "" = Discord's own
	PublicKey string            // hexadecimal; set: interactions arrive by HTTP and no gateway is opened
	Transport http.RoundTripper // nil = one of its own, with limits; the gateway takes proxy and TLS from an *http.Transport
	Now       func() time.Time  // needed
	Log       zerolog.Logger    // the zero Logger logs nothing

	// Leases is the store of the one lease by which processes agree who of them
	// is at it: that one holds the gateway, where there is one, and does the work
	// of Holding. nil = there is but one process. It is asked every Times.Renew,
	// and the lease runs out three times that long after it was last given: six
	// seconds. It is given back once the connection is closed.
	Leases lease.Store

	// Holding is what the process does that has the lease, whether or not the
	// gateway is open, until its context ends. An error of it ends Run, as one of
	// the gateway does. nil = nothing.
	Holding func(context.Context) error

	// Acked is told of every first response that was tried: how long after the
	// arrival of its interaction, and what came of it. Throttled is told of
	// every answer that asks the bot to wait (HTTP 429). Both are called from
	// several goroutines; nil = nobody is told.
	Acked     func(took time.Duration, err error)
	Throttled func()

	Times Times
}

// Times are waits and limits. A zero one has its default.
type Times struct {
	Ack       time.Duration // from an interaction's arrival to its first response; 2.5 s
	Fresh     time.Duration // how far the clock of a signature may be from ours; 5 s
	Token     time.Duration // from its arrival to the last edit or followup; 14.5 min
	Attempt   time.Duration // one request, of the first response a third of Ack; 10 s
	Retry     time.Duration // before the second try of a request, doubled from there; 250 ms
	Hello     time.Duration // from dialling to the greeting of the gateway; 5 s
	Open      time.Duration // from there to READY; 30 s
	Reconnect time.Duration // after a connection that stood, doubled from there; 500 ms
	Away      time.Duration // up to here, where no identify is spent; 3 s
	Healthy   time.Duration // how long a connection stands that stood; 1 min
	Identify  time.Duration // between two identifies; 5 s
	Backoff   time.Duration // after an identify in vain, doubled from there; 5 s
	Cap       time.Duration // up to here; 5 min
	Silence   time.Duration // without a sign of life, a connection is dead; 100 s
	Renew     time.Duration // between two askings for the lease; 2 s
	Drain     time.Duration // for handlers to finish in, at the end; 15 s
}

func (t Times) filled() Times {
	for _, d := range []struct {
		at     *time.Duration
		normal time.Duration
	}{
		{&t.Ack, 2500 * time.Millisecond},
		{&t.Fresh, 5 * time.Second},
		{&t.Token, 14*time.Minute + 30*time.Second},
		{&t.Attempt, 10 * time.Second},
		{&t.Retry, 250 * time.Millisecond},
		{&t.Open, 30 * time.Second},
		{&t.Hello, 5 * time.Second},
		{&t.Reconnect, 500 * time.Millisecond},
		{&t.Away, 3 * time.Second},
		{&t.Identify, 5 * time.Second},
		{&t.Healthy, time.Minute},
		{&t.Backoff, 5 * time.Second},
		{&t.Cap, 5 * time.Minute},
		{&t.Silence, 100 * time.Second},
		{&t.Renew, 2 * time.Second},
		{&t.Drain, 15 * time.Second},
	} {
		if *d.at == 0 {
			*d.at = d.normal
		}
	}
	return t
}

// Link is a connection to Discord. It is a [REST] and safe for concurrent use.
type Link struct {
	c      Config
	base   string // of REST calls, with the version
	key    ed25519.PublicKey
	client *http.Client
	pace   pace
	state  state
	seen   *cache.Cache[string, struct{}] // the ids of interactions that came

	id, me once // of the application and of the bot's user

	identified time.Time // when an identify was sent; zero = never. Of Run's goroutine

	work  context.Context // of handlers; ends when the time to finish is over
	cut   context.CancelFunc
	tasks tasks
}

// once is an id that is asked for once.
type once struct {
	sync.Mutex
	text string // "" = it is not known yet
}

var _ REST = (*Link)(nil)

// discordURL is where REST calls go unless they are sent elsewhere.
const discordURL = "https://discord.com"

// New returns a link. It connects to nothing. It fails where the clock is
// missing, the address is neither https nor loopback, or the key is none.
func New(c Config) (*Link, error) {
	if c.Now == nil {
		return nil, errors.New("discord: a clock is needed")
	}
	if c.RESTURL == "" {
		c.RESTURL = discordURL
	}
	if err := reachable(c.RESTURL); err != nil {
		return nil, err
	}
	key, err := hex.DecodeString(c.PublicKey)
	if err != nil || len(key) != ed25519.PublicKeySize && c.PublicKey != "" {
		return nil, fmt.Errorf("discord: the public key is not %d hexadecimal digits", 2*ed25519.PublicKeySize)
	}
	c.Token = strings.TrimPrefix(c.Token, "Bot ")
	c.Times = c.Times.filled()
	if c.Acked == nil {
		c.Acked = func(time.Duration, error) {}
	}
	if c.Throttled == nil {
		c.Throttled = func() {}
	}
	if c.Transport == nil {
		c.Transport = newTransport()
	}
	l := &Link{
		c: c, base: strings.TrimSuffix(c.RESTURL, "/") + "/api/v10", key: key,
		client: &http.Client{Transport: deadline.Transport{Next: c.Transport}, CheckRedirect: noRedirect}, seen: newSeen(c.Times.Fresh, c.Now),
	}
	l.work, l.cut = context.WithCancel(context.Background())
	return l, nil
}

// newTransport keeps enough connections for many answers at once.
func newTransport() *http.Transport {
	return &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           (&net.Dialer{Timeout: 5 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
		TLSHandshakeTimeout:   5 * time.Second,
		ResponseHeaderTimeout: 15 * time.Second,
		MaxIdleConnsPerHost:   256,
		IdleConnTimeout:       90 * time.Second,
		ForceAttemptHTTP2:     true,
	}
}

// noRedirect keeps the token from following a redirection to elsewhere.
func noRedirect(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// reachable checks an address that the bot's token is sent to.
func reachable(address string) error {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.User != nil {
		return errors.New("discord: the address of REST calls is not a URL with a host")
	}
	if u.Scheme == "https" || u.Scheme == "http" && loopback(u.Hostname()) {
		return nil
	}
	return errors.New("discord: the address of REST calls is neither https nor on loopback")
}

// loopback reports whether a host name or address is this machine.
func loopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}
