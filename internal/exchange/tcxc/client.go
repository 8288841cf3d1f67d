package tcxc

import (
	"context"
	"net"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"didops/internal/deadline"
	"didops/internal/exchange"
	"didops/internal/failpoint"
)

// Client holds what its reader and its writer share: the address, the
// credentials, the rate limit and what was learnt about the exchange. It is
// safe for concurrent use.
type Client struct {
	opt     Options
	base    string
	turns   *turns
	reads   *http.Client
	writes  *http.Client
	nonces  nonces
	lists   lists
	told    told
	rows    [operations]atomic.Bool // of a list: "off" is proved to count rows
	decoder [operations]sync.Pool   // of *decoder
}

// New returns a client, or an Invalid fault that names the setting at fault.
// It sends nothing.
func New(o Options) (*Client, error) {
	o = o.withDefaults()
	base, err := o.base()
	if err != nil {
		return nil, err
	}
	if err := o.check(); err != nil {
		return nil, err
	}
	c := &Client{opt: o, base: base, turns: newTurns(o.RequestsPerSecond, o.Share)}
	c.reads = httpClient(o.transport())
	once := o.transport()
	// A kept connection may die with a request on it, and then nobody knows
	// whether it was read; HTTP/2 re-sends what a server did not take. A write
	// gets a fresh HTTP/1.1 connection of its own.
	once.DisableKeepAlives = true
	once.DialContext = failpoint.Dial(punctual(once.DialContext, c.opt.Now))
	once.ForceAttemptHTTP2 = false
	once.Protocols = new(http.Protocols)
	once.Protocols.SetHTTP1(true)
	c.writes = httpClient(once)
	c.lists.paths = listPaths(o)
	for op := range operations {
		c.decoder[op].New = func() any { return newDecoder(op.schema()) }
	}
	return c, nil
}

// Reader returns the client that reads.
func (c *Client) Reader() *Reader { return &Reader{c: c} }

// Writer returns the client that buys, re-routes and gives up.
func (c *Client) Writer() *Writer { return &Writer{c: c} }

// ReadWriter returns both as what the operations that need an approval are
// made of.
func (c *Client) ReadWriter() *ReadWriter { return &ReadWriter{c.Reader(), c.Writer()} }

// ReadWriter finds single numbers and buys, re-routes and gives up. It
// implements [exchange.Writer], and is safe for concurrent use.
type ReadWriter struct {
	*Reader
	*Writer
}

var (
	_ exchange.Writer    = (*ReadWriter)(nil)
	_ exchange.Messenger = (*Writer)(nil)
)

// Close closes the idle connections. The client stays usable.
func (c *Client) Close() {
	c.reads.CloseIdleConnections()
	c.writes.CloseIdleConnections()
}

func (o Options) transport() *http.Transport {
	dial := o.Dial
	if dial == nil {
		dial = (&net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}).DialContext
	}
	return &http.Transport{
		Proxy:                  o.Proxy,
		DialContext:            dial,
		ForceAttemptHTTP2:      true,
		TLSHandshakeTimeout:    10 * time.Second,
		MaxIdleConnsPerHost:    pagesAhead,
		IdleConnTimeout:        60 * time.Second,
		MaxResponseHeaderBytes: 64 << 10,
	}
}

// httpClient follows no redirect: one turns a POST into a GET or carries the
// signature to another host. Its requests end at their deadline.
func httpClient(t *http.Transport) *http.Client {
	return &http.Client{
		Transport:     deadline.Transport{Next: t},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// wait blocks until the rate limit lets one more request go, or returns the
// context's error.
func (c *Client) wait(ctx context.Context) error { return c.turns.wait(ctx) }

// lists remembers which spelling of the list's path answers. It is safe for
// concurrent use.
type lists struct {
	mu    sync.Mutex
	paths []string // the one that answered last comes first
}

// listPaths returns the paths to try for the purchased list, the configured
// one first.
func listPaths(o Options) []string {
	if o.Style == PHP {
		return []string{listPathClass}
	}
	paths := []string{o.ListPath}
	for _, p := range []string{listPath, listPathTypo, listPathClass} {
		if !slices.Contains(paths, p) {
			paths = append(paths, p)
		}
	}
	return paths
}

func (l *lists) all() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.paths)
}

func (l *lists) answered(path string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if i := slices.Index(l.paths, path); i > 0 {
		l.paths = slices.Insert(slices.Delete(l.paths, i, i+1), 0, path)
	}
}

// join returns the URL of a path of the exchange.
func (c *Client) join(path string) (*url.URL, error) { return url.Parse(c.base + path) }
