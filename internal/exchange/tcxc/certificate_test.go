package tcxc_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"didops/internal/exchange"
	"didops/internal/exchange/tcxc"
	"didops/internal/fault"
)

// TestARefusedCertificateIsNamed holds that a read and a write say what is
// wrong with the certificate of the exchange, and that nothing was done.
func TestARefusedCertificateIsNamed(t *testing.T) {
	t.Parallel()
	now := time.Now()
	for _, tt := range []struct {
		name  string
		host  string
		until time.Time
		trust bool
		words string
	}{
		{"of nobody", "127.0.0.1", now.Add(time.Hour), false, "nobody whom this machine trusts"},
		{"of another host", "192.0.2.1", now.Add(time.Hour), true, "another host"},
		{"expired", "127.0.0.1", now.Add(-time.Hour), true, "expired"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			pair, authority := certificateFor(t, tt.host, tt.until)
			s := httptest.NewUnstartedServer(http.NotFoundHandler())
			s.Config.ErrorLog = log.New(io.Discard, "", 0)
			s.TLS = &tls.Config{Certificates: []tls.Certificate{pair}}
			s.StartTLS()
			defer s.Close()
			c, err := tcxc.New(tcxc.Options{URL: s.URL, Login: testLogin, Key: testKey})
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			if tt.trust {
				c.Trust(authority)
			}
			_, _, read := numbersOf(t.Context(), c.Reader(), exchange.MarketQuery{})
			write := c.Writer().Unsubscribe(t.Context(), "60")
			for what, err := range map[string]error{"a read": read, "a write": write} {
				f, ok := fault.As(err)
				if !ok || f.Code != fault.Unavailable || !strings.Contains(f.Message, tt.words) || f.Hint == "" {
					t.Errorf("%s: got %v, want that the certificate is %q", what, err, tt.words)
				}
			}
			if !errors.Is(write, fault.ErrNothingDone) {
				t.Errorf("a write: got %v, want that nothing was done", write)
			}
		})
	}
}

// certificateFor makes a certificate, and who has signed it.
func certificateFor(t *testing.T, host string, until time.Time) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	made := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: until.Add(-2 * time.Hour), NotAfter: until, IPAddresses: []net.IP{net.ParseIP(host)},
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, made, made, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(parsed)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pool
}
