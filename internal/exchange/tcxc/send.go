package tcxc

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"didops/internal/deadline"
	"didops/internal/request"
)

// bodyLimit is the most that is read of one answer, after decompression.
const bodyLimit = 32 << 20

// errTooLarge is the error of an answer beyond bodyLimit.
var errTooLarge = errors.New("the answer is larger than 32 MiB")

// answer is what came back for one request, read to its end.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// send makes one request and reads the whole answer into buf's array. The
// time-out covers both, whatever the other side does. After an error buf is
// not used again: a request that was left behind may still write there. The
// error, if any, names no URL.
func (c *Client) send(ctx context.Context, via *http.Client, s signed, try int, buf []byte) (a answer, err error) {
	ctx, cancel := context.WithTimeout(ctx, c.opt.Timeout)
	defer cancel()
	began := c.opt.Now()
	defer func() {
		c.opt.Observe(Request{
			Operation: s.name, Attempt: try, Status: statusClass(a.status, err), Duration: c.opt.Now().Sub(began),
			Background: request.InBackground(ctx),
		})
	}()
	req, err := c.request(ctx, s)
	if err != nil {
		return answer{}, err
	}
	a, err = deadline.Call(ctx, func() (answer, error) { return exchanged(via, req, buf) })
	c.told.note(a, c.opt.Now())
	return a, err
}

// exchanged makes a request and reads the answer to its end.
func exchanged(via *http.Client, req *http.Request, buf []byte) (a answer, err error) {
	res, err := via.Do(req)
	if err != nil {
		return answer{}, withoutURL(err)
	}
	defer func() { _ = res.Body.Close() }()
	a = answer{status: res.StatusCode, header: res.Header}
	if a.body, err = readAll(buf[:0], res.Body, res.ContentLength); err != nil {
		return a, fmt.Errorf("read answer: %w", err)
	}
	return a, nil
}

// request builds the POST. It has no GetBody, without which net/http can't
// send a body a second time.
func (c *Client) request(ctx context.Context, s signed) (*http.Request, error) {
	body, err := s.reader()
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.base+s.path, body)
	if err != nil {
		return nil, withoutURL(err)
	}
	req.ContentLength = int64(len(s.body))
	req.GetBody = nil
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", "didops")
	if s.authorization != "" {
		req.Header.Set("Authorization", s.authorization)
	}
	return req, nil
}

// reader returns the body of s.
func (s signed) reader() (io.ReadCloser, error) {
	if s.body == "" {
		return http.NoBody, nil
	}
	return io.NopCloser(strings.NewReader(s.body)), nil
}

// readAll appends r to buf, which it lets grow up to bodyLimit.
func readAll(buf []byte, r io.Reader, length int64) ([]byte, error) {
	if length > bodyLimit {
		return buf, errTooLarge
	}
	if want := int(length) + 1; cap(buf) < want {
		buf = make([]byte, 0, want+want/16) // the next page may be a little longer
	}
	for {
		if len(buf) == cap(buf) {
			buf = append(buf, 0)[:len(buf)]
		}
		n, err := r.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		switch {
		case len(buf) > bodyLimit:
			return buf, errTooLarge
		case errors.Is(err, io.EOF):
			return buf, nil
		case err != nil:
			return buf, err
		}
	}
}

// withoutURL drops the address that net/http puts before its errors.
func withoutURL(err error) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		return u.Err
	}
	return err
}

func statusClass(status int, err error) string {
	switch {
	case err != nil:
		return "error"
	case status == http.StatusTooManyRequests:
		return "429"
	}
	return fmt.Sprintf("%dxx", status/100)
}

// skew returns by how much the clock of the exchange is ahead of now; ok is
// false where the answer has no usable Date.
func (a answer) skew(now time.Time) (time.Duration, bool) {
	date, ok := a.date()
	if !ok {
		return 0, false
	}
	return date.Sub(now.Truncate(time.Second)), true
}

// date returns when the exchange says that it answered.
func (a answer) date() (time.Time, bool) {
	date, err := http.ParseTime(a.header.Get("Date"))
	return date, err == nil
}

// retryAfter returns how long the exchange asks to wait, in either form of
// the header; 0 where it does not say.
func (a answer) retryAfter(now time.Time) time.Duration {
	h := strings.TrimSpace(a.header.Get("Retry-After"))
	if s, err := time.ParseDuration(h + "s"); err == nil && h != "" {
		return max(0, s)
	}
	if date, err := http.ParseTime(h); err == nil {
		return max(0, date.Sub(now))
	}
	return 0
}
