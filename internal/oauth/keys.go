package oauth

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/MicahParks/keyfunc/v3"
	"golang.org/x/time/rate"

	"didops/internal/deadline"
	"didops/internal/fault"
	"didops/internal/sanitize"
)

const (
	answerTime  = 10 * time.Second // for the issuer to answer
	maxDocument = 1 << 20          // bytes of one answer

	// freshFor is how long a key that the issuer withdraws may go on counting.
	freshFor = 15 * time.Minute

	// A token with a key that is not known makes us ask the issuer: at once a
	// few times, then as often as this. Its caller waits no longer than
	// patience, for its turn and the answer together.
	askEvery = 10 * time.Second
	askBurst = 3
	patience = 2 * time.Second

	firstWait = time.Second // before asking again an issuer that can't be reached
	lastWait  = 30 * time.Second
)

// Run reads the keys, keeps trying until it has them, and then keeps them
// fresh until ctx ends, which is no error.
func (v *Verifier) Run(ctx context.Context) error {
	for wait := firstWait; ; wait = min(2*wait, lastWait) {
		if err := v.hold(ctx); err != nil && ctx.Err() == nil {
			if f, ok := fault.As(err); ok {
				v.failed.Store(f)
			}
			v.Log.Warn().Err(err).Str("issuer", v.Issuer).Dur("again_in", wait).Msg("the keys of the issuer of access tokens can't be read")
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(wait):
		}
	}
}

// hold keeps the keys until ctx ends, or returns at once why they can't be had.
func (v *Verifier) hold(ctx context.Context) error {
	ctx, end := context.WithCancel(ctx)
	defer end()
	keys, kids, err := v.open(ctx, v.leaveOut)
	if err != nil {
		return err
	}
	v.keys.Store(&keys)
	v.Log.Info().Str("issuer", v.Issuer).Int("keys", len(kids)).Msg("access tokens can be checked")
	<-ctx.Done()
	return nil
}

// leaveOut notes which keys can't be used, and says so when they change.
func (v *Verifier) leaveOut(odd []UnusableKey) {
	before := v.odd.Swap(&odd)
	if before != nil && slices.Equal(*before, odd) {
		return
	}
	for _, k := range odd {
		v.Log.Warn().Str("issuer", v.Issuer).Str("key", k.ID).Str("why", k.Why).
			Msg("the issuer of access tokens was reached, and one of its keys is unusable: tokens that it signs do not count")
	}
}

// KeyReport is what was found in the issuer's key set.
type KeyReport struct {
	Usable   int // how many keys can be used
	Unusable []UnusableKey
	SameName []string // that several keys have as their kid, as [UnusableKey] writes it
}

// Probe reads the keys once. Errors are [fault.Unavailable] and, for an issuer
// that spells itself another way, [fault.Invalid]; what is unusable is told
// with them.
func (v *Verifier) Probe(ctx context.Context) (KeyReport, error) {
	ctx, end := context.WithCancel(ctx)
	defer end()
	var odd []UnusableKey
	_, kids, err := v.open(ctx, func(unusable []UnusableKey) { odd = unusable })
	return KeyReport{len(kids), odd, sameNames(kids)}, err
}

// open reads the keys, and keeps them fresh until ctx ends; kids has the name of
// each, or "". Each time report is told which can't be used. Where none can, that
// is an error.
func (v *Verifier) open(ctx context.Context, report func([]UnusableKey)) (keys keyfunc.Keyfunc, kids []string, err error) {
	client := NewClient()
	address, err := v.discover(ctx, client)
	if err != nil {
		return nil, nil, err
	}
	var unusable []UnusableKey // until open returns
	opened := atomic.Bool{}
	client.Transport = keySet{client.Transport, address, func(odd []UnusableKey) {
		if !opened.Load() {
			unusable = odd
		}
		report(odd)
	}}
	mayFail := false
	keys, err = keyfunc.NewDefaultOverrideCtx(ctx, []string{address}, keyfunc.Override{
		Client: client, HTTPTimeout: answerTime, NoErrorReturnFirstHTTPReq: &mayFail,
		RefreshInterval: freshFor, RefreshUnknownKID: rate.NewLimiter(rate.Every(askEvery), askBurst), RateLimitWaitMax: patience,
		RefreshErrorHandlerFunc: func(string) func(context.Context, error) {
			return func(_ context.Context, err error) {
				v.Log.Warn().Err(err).Str("issuer", v.Issuer).Msg("the keys of the issuer of access tokens were not read anew")
			}
		},
	})
	opened.Store(true)
	if err != nil {
		return nil, nil, v.unreached(err)
	}
	found, err := keys.Storage().KeyReadAll(ctx)
	if err != nil {
		return nil, nil, v.unreached(err)
	}
	if len(found) == 0 && len(unusable) > 0 {
		return nil, nil, fault.New(fault.Unavailable, "the issuer of access tokens was reached, %s", unusable[0]).WithField("http.oauth.issuer").
			WithHint("have %s publish a key set without the fault", v.Issuer)
	}
	for _, key := range found {
		kids = append(kids, key.Marshal().KID)
	}
	return keys, kids, nil
}

// unreached is the error for keys that were not got: whether the issuer was
// reached at all is told from the cause.
func (v *Verifier) unreached(cause error) *fault.Error {
	f := fault.New(fault.Unavailable, "the issuer of access tokens does not give out its keys").WithField("http.oauth.issuer").
		WithHint("%s must be reached from here and serve its metadata (RFC 8414 or OpenID Connect Discovery)", v.Issuer).WithCause(cause)
	if errors.Is(cause, errNoSet) {
		f.Message = "the issuer of access tokens was reached, and " + errNoSet.Error()
	}
	return f
}

// discover returns the address of the keys.
func (v *Verifier) discover(ctx context.Context, client *http.Client) (string, error) {
	ctx, end := context.WithTimeout(ctx, answerTime)
	defer end()
	addresses, err := metadataAddresses(v.Issuer)
	if err != nil {
		return "", v.unreached(err)
	}
	var failed error
	for _, address := range addresses {
		keys, err := v.ask(ctx, client, address)
		if err == nil {
			return keys, nil
		}
		if failed == nil || fault.CodeOf(err) == fault.Invalid {
			failed = err
		}
	}
	return "", failed
}

// metadataAddresses returns where the metadata of an issuer may be, in the
// order in which clients of MCP look for it.
func metadataAddresses(issuer string) ([]string, error) {
	u, err := url.Parse(issuer)
	if err != nil || u.Host == "" {
		return nil, fmt.Errorf("%q is no address", issuer)
	}
	origin, path := u.Scheme+"://"+u.Host, strings.TrimRight(u.EscapedPath(), "/")
	list := []string{origin + "/.well-known/oauth-authorization-server" + path, origin + "/.well-known/openid-configuration" + path}
	if path != "" {
		list = append(list, origin+path+"/.well-known/openid-configuration")
	}
	return list, nil
}

// ask returns the address of the keys that a metadata document names. A
// document of another issuer must not count: whoever serves it has no say
// about the tokens of ours.
func (v *Verifier) ask(ctx context.Context, client *http.Client, address string) (string, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return "", v.unreached(err)
	}
	r.Header.Set("Accept", "application/json")
	resp, err := client.Do(r)
	if err != nil {
		return "", v.unreached(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		return "", v.unreached(fmt.Errorf("%s answers %d", address, resp.StatusCode))
	}
	var doc struct {
		Issuer string `json:"issuer"`
		Keys   string `json:"jwks_uri"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&doc); err != nil {
		return "", v.unreached(fmt.Errorf("read %s: %w", address, err))
	}
	if doc.Issuer != v.Issuer {
		return "", fault.New(fault.Invalid, "the issuer of access tokens spells itself another way").WithField("http.oauth.issuer").
			WithHint("set [http.oauth] issuer = %q, if that is the one you mean", sanitize.Clean(doc.Issuer, maxName))
	}
	if !Safe(doc.Keys) {
		return "", v.unreached(fmt.Errorf("%s names no safe address of keys", address))
	}
	return doc.Keys, nil
}

// Safe reports whether what comes from an address can't have been replaced on
// the way.
func Safe(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return false
	}
	ip, err := netip.ParseAddr(u.Hostname())
	return u.Scheme == "https" || u.Scheme == "http" && (u.Hostname() == "localhost" || err == nil && ip.IsLoopback())
}

// NewClient returns a client that bounds what an issuer may answer, and how long. It follows no
// redirection, and keeps no connection: there is little to ask.
func NewClient() *http.Client {
	return &http.Client{
		Timeout:       answerTime,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: bounded{deadline.Transport{Next: &http.Transport{
			Proxy:                  http.ProxyFromEnvironment,
			DialContext:            (&net.Dialer{Timeout: answerTime}).DialContext,
			TLSHandshakeTimeout:    answerTime,
			MaxResponseHeaderBytes: 64 << 10,
			ForceAttemptHTTP2:      true,
			DisableKeepAlives:      true,
		}}},
	}
}

// bounded cuts long answers off, which are then no JSON.
type bounded struct{ next http.RoundTripper }

// RoundTrip implements http.RoundTripper.
func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := b.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	resp.Body = struct {
		io.Reader
		io.Closer
	}{io.LimitReader(resp.Body, maxDocument), resp.Body}
	return resp, nil
}
