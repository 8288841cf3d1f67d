// Package webhook sends messages to the receivers of others as the
// specification Standard Webhooks 1.0.0 has it: an id that stays the same, a
// time and a signature that are new with each try, and a body of JSON.
//
// A [Client] is of one receiver. It makes one request for one message and says
// what came of it as a [Result]; trying again is for who has the messages. What
// it may dial is looked at when it does (see [Check]): no address that is not
// public, unless its range is named. It follows no redirect, asks no proxy, and
// reads next to nothing of an answer.
package webhook

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"

	"didops/internal/deadline"
)

// The bounds of a request.
const (
	Timeout  = 15 * time.Second // of a whole request, its answer included
	LongWait = 6 * time.Hour    // the longest that a receiver's Retry-After counts for

	connectWithin = 10 * time.Second
	mostAnswer    = 4 << 10 // what is read of one, and thrown away
)

// Config is what a [Client] is made of.
type Config struct {
	URL     string         // https, or http to an address in Private; needed
	Secrets []Secret       // each signs; the first is the one of now; needed
	Private []netip.Prefix // addresses that are not public and may be dialled
	Agent   string         // User-Agent
	Now     func() time.Time

	// Transport takes the place of connections, for tests; nil = those that the
	// addresses are looked at of.
	Transport http.RoundTripper
}

// Client sends messages to one receiver. Safe for concurrent use.
type Client struct {
	c    Config
	to   *url.URL
	http *http.Client
}

// New returns a client. A URL that can't be one of a receiver is an error.
func New(c Config) (*Client, error) {
	to, err := url.Parse(c.URL)
	if err != nil || to.Host == "" || to.Scheme != "https" && to.Scheme != "http" || to.User != nil || len(c.Secrets) == 0 || c.Now == nil {
		return nil, errors.New("make a client of a receiver: the address, a secret or the clock is missing, or can't be one")
	}
	if c.Transport == nil {
		c.Transport = &http.Transport{
			Proxy: nil, DialContext: newGuard(to, c.Private).dialer().DialContext, // a proxy's address would be looked at in place of the receiver's
			ForceAttemptHTTP2: true, TLSHandshakeTimeout: connectWithin, MaxResponseHeaderBytes: 64 << 10,
			MaxIdleConnsPerHost: 2, IdleConnTimeout: time.Minute, DisableCompression: true,
		}
	}
	stay := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &Client{c: c, to: to, http: &http.Client{Transport: deadline.Transport{Next: c.Transport}, CheckRedirect: stay}}, nil
}

// Host is where the receiver is, without the path, which may be a secret.
func (c *Client) Host() string { return c.to.Host }

// Close gives up connections that nobody uses.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// reply is what is kept of an answer.
type reply struct {
	status int
	after  string // Retry-After
}

// Send makes one request for a message, which is over within [Timeout]. It
// never returns words of the receiver.
func (c *Client) Send(ctx context.Context, id string, body []byte) Result {
	began := c.c.Now()
	within, cancel := context.WithTimeout(ctx, Timeout)
	defer cancel()
	req, err := c.request(within, id, body, began)
	if err != nil {
		return Result{Kind: Failed, Why: "the request can't be made", Err: err}
	}
	got, err := deadline.Call(within, func() (reply, error) { return c.exchange(req) })
	var r Result
	if err == nil {
		r = c.answered(got, c.c.Now())
	} else {
		r = c.unanswered(err)
	}
	r.Took = c.c.Now().Sub(began)
	return r
}

// request builds the POST. It has no GetBody, without which net/http can't send
// a body a second time by itself.
func (c *Client) request(ctx context.Context, id string, body []byte, at time.Time) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.to.String(), io.NopCloser(bytes.NewReader(body)))
	if err != nil {
		return nil, withoutURL(err)
	}
	req.ContentLength, req.GetBody = int64(len(body)), nil
	signatures := make([]string, 0, len(c.c.Secrets))
	for _, s := range c.c.Secrets {
		signatures = append(signatures, s.Sign(id, at, body))
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", c.c.Agent)
	req.Header.Set("Webhook-Id", id)
	req.Header.Set("Webhook-Timestamp", strconv.FormatInt(at.Unix(), 10))
	req.Header.Set("Webhook-Signature", strings.Join(signatures, " "))
	return req, nil
}

func (c *Client) exchange(req *http.Request) (reply, error) {
	resp, err := c.http.Do(req)
	if err != nil {
		return reply{}, withoutURL(err)
	}
	defer func() { _ = resp.Body.Close() }()
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, mostAnswer)) // the status says it all
	return reply{resp.StatusCode, resp.Header.Get("Retry-After")}, nil
}

// withoutURL drops the address that net/http puts before its errors: its path
// may be a secret.
func withoutURL(err error) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		return fmt.Errorf("send a message: %w", u.Err)
	}
	return err
}

// wait reads a Retry-After, in either form; 0 where it says nothing.
func wait(after string, now time.Time) time.Duration {
	after = strings.TrimSpace(after)
	if n, err := strconv.ParseInt(after, 10, 32); err == nil {
		return min(max(0, time.Duration(n)*time.Second), LongWait)
	}
	if date, err := http.ParseTime(after); err == nil {
		return min(max(0, date.Sub(now)), LongWait)
	}
	return 0
}
