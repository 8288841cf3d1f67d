package tcxc

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/icholy/digest"

	"didops/internal/fault"
)

// sign returns the signature of the buyers' API document, section "API
// Authentication": the lower-case hexadecimal SHA-256 of controller, key,
// login and time, concatenated. The document's PHP line is the rule; its
// prose leaves the order open.
func sign(controller, key, login, ts string) string {
	sum := sha256.Sum256([]byte(controller + key + login + ts))
	return hex.EncodeToString(sum[:])
}

// signed is a request ready to leave.
type signed struct {
	name          string // of the operation, in metrics
	path          string
	body          string
	authorization string // header; "" for none
	nonce         string // of the Digest challenge answered; "" for none
	reused        bool   // the nonce was answered before
	secrets       []string
	use           bool // what comes back tells who calls whom
}

// prepare signs a request with the present time. It returns false when it
// needs a Digest challenge and there is none.
func (c *Client) prepare(op operation, path string, f form, n *nonces) (signed, bool, error) {
	v := f.values()
	s := signed{name: op.method().name, path: path, secrets: []string{c.opt.Key}, use: op.schema().use}
	s.secrets = append(s.secrets, routingSecrets(v.Get("contact"), v.Get("smpp_contact"))...)
	if c.opt.Auth == Digest {
		s.body = v.Encode()
		ok, err := c.authorize(&s, n)
		return s, ok, err
	}
	ts := strconv.FormatInt(c.opt.Now().Unix(), 10)
	signature := sign(op.method().controller, c.opt.Key, c.opt.Login, ts)
	v.Set("ts", ts)
	v.Set("api_login", c.opt.Login)
	v.Set("signature", signature)
	s.body, s.secrets = v.Encode(), append(s.secrets, signature)
	return s, true, nil
}

// nonces holds the last Digest challenge and how often it was answered. It is
// safe for concurrent use.
type nonces struct {
	mu        sync.Mutex
	challenge *digest.Challenge
	count     int
}

// next returns the challenge and the count of the answer to it.
func (n *nonces) next() (*digest.Challenge, int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.count++
	return n.challenge, n.count
}

// learn takes the challenge out of a 401, unless another request has learnt
// one since the nonce in refused was used. It reports whether the exchange
// calls that nonce stale.
func (n *nonces) learn(h http.Header, refused string) (stale bool, err error) {
	challenge, err := digest.FindChallenge(h)
	if err != nil {
		return false, fault.New(fault.Unauthorized, "the exchange does not offer HTTP Digest at this address").
			WithHint("set [exchange] auth to \"signature\", or url to the exchange's host for Digest").WithCause(err)
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.challenge == nil || refused == "" || n.challenge.Nonce == refused {
		n.challenge, n.count = challenge, 0
	}
	return challenge.Stale, nil
}

// authorize answers the last challenge on behalf of s; false when there is
// none.
func (c *Client) authorize(s *signed, n *nonces) (bool, error) {
	challenge, count := n.next()
	if challenge == nil {
		return false, nil
	}
	u, err := c.join(s.path)
	if err != nil {
		return false, fault.New(fault.Internal, "the address of the exchange can't be built")
	}
	credentials, err := digest.Digest(challenge, digest.Options{
		Method: http.MethodPost, URI: u.RequestURI(), Count: count, GetBody: s.reader,
		Username: c.opt.Login, Password: c.opt.Key,
	})
	if err != nil {
		return false, fault.New(fault.Unauthorized, "the exchange asks for a kind of Digest that didops does not know").WithCause(err)
	}
	s.authorization, s.nonce, s.reused = credentials.String(), challenge.Nonce, count > 1
	s.secrets = append(s.secrets, credentials.Response)
	return true, nil
}

// challengeName is what a request for a nonce is called.
const challengeName = "challenge"

// challenge asks the exchange for a new nonce, which n learns, by a market request without
// parameters and credentials, which can do nothing.
func (c *Client) challenge(ctx context.Context, n *nonces, try int) error {
	if err := c.wait(ctx); err != nil {
		return err
	}
	s := signed{name: challengeName, path: opMarket.path(c.opt.Style)}
	a, err := c.send(ctx, c.reads, s, try, nil)
	switch {
	case err != nil:
		return c.lost(ctx, err)
	case a.status == http.StatusUnauthorized:
		if _, err := n.learn(a.header, ""); err != nil {
			return &readError{fault: asFault(err)}
		}
		return nil
	case a.status/100 == 2:
		return &readError{fault: fault.New(fault.Unauthorized, "the exchange does not ask for HTTP Digest at this address").
			WithHint("set [exchange] auth to \"signature\", or url to the exchange's host for Digest")}
	}
	return c.rejected(a, s)
}

// routingSecrets returns what no error may repeat of two routing addresses:
// each as a whole, and a password in one unless it is so short that it would
// be found in plain words.
func routingSecrets(contacts ...string) []string {
	var secrets []string
	for _, contact := range contacts {
		if contact == "" {
			continue
		}
		secrets = append(secrets, contact)
		if parts := strings.SplitN(contact, ":", 4); len(parts) == 4 && len(parts[2]) >= 6 {
			secrets = append(secrets, parts[2])
		}
	}
	return secrets
}
