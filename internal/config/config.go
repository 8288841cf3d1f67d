// Package config reads the configuration of didops: a TOML file, secrets from
// files of their own, and a few environment variables.
//
// One table (see definitions.go) says for every key what its default is, what
// it means and which values are good. Loading, the commented example file, the
// table of the README and the printed settings all come from it, so they can't
// disagree.
//
// A mistake is reported with file, line, key and rule, and all mistakes at
// once. The text of a line, a secret, and what was written where a secret may
// have been pasted by accident are never part of a message.
package config

import (
	"net/netip"
	"time"

	"didops/internal/approval"
	"didops/internal/money"
)

// Config is a checked configuration. It is read-only after [Load] and safe for
// concurrent use.
type Config struct {
	Exchange Exchange
	Routing  Routing
	Limits   Limits
	Approval Approval
	People   []Person
	Roles    []approval.Role
	Store    Store
	Audit    Audit
	MCP      MCP
	HTTP     HTTP
	Discord  Discord
	Market   Market

	Inventory Inventory
	Digest    DailyDigest
	Webhooks  []Webhook
	Web       Web

	Log Log

	Path     string   // the file that was read; "" when there was none
	Warnings []string // what works but should be mended, one sentence each

	settings []Setting
}

// Sandbox reports whether the built-in sandbox takes the place of an exchange.
func (c *Config) Sandbox() bool { return c.Exchange.URL == "" }

// Exchange says which exchange is used and how.
type Exchange struct {
	URL               string // https, or http on loopback; no slash at the end; "" = the built-in sandbox
	Auth              Auth
	Login             string
	Key               Secret
	BillingAccount    int64   // account that purchases are billed to; 0 = it has to be named
	BillingAccounts   []int64 // further accounts that may be named
	Currency          string  // ISO 4217 code shown with every amount
	Style             Style
	ListPath          string        // path of the list of purchased numbers
	SettleAfter       time.Duration // how long after the deadline of a write what is not seen proves nothing
	Timeout           time.Duration // of one request
	RequestsPerSecond float64       // more than 0
	PageSize          int           // rows asked for at a time
	Paging            Paging
	MaxRows           int           // most market rows that one search reads
	ReadDeadline      time.Duration // of a whole search
	Cache             time.Duration // how long a market read serves; 0 = not at all
	Usage             bool          // whether call and message histories are read
	Messages          bool          // whether sellers may be written to
}

// Market says what is remembered of the market.
type Market struct {
	Mirror Switch
	MaxAge time.Duration // how old a part may be that answers without the exchange being asked
	Share  float64       // of Exchange.RequestsPerSecond, for reading ahead; more than 0, at most 1
	Keep   time.Duration // how long past prices are kept
}

// Inventory says how the account's own numbers are kept an eye on.
type Inventory struct {
	Every time.Duration // how often the list is read under "serve"; 0 = never by itself
}

// DailyDigest says when and where the morning page is told.
type DailyDigest struct {
	At       string         // time of day, 15:04; "" = never
	TimeZone *time.Location // of At, and of the days that it speaks of
	Channel  string         // of Discord; "" = none
}

// Webhook is a receiver that is told what happens.
type Webhook struct {
	Name      string
	URL       string         // https, or http to an address in Private
	Secret    Secret         // signs; as [webhook.ParseSecret] reads it
	OldSecret Secret         // signs too, while the receiver changes over; unset = none
	Events    []string       // types that it is told; empty = all
	Private   []netip.Prefix // addresses that are not public and may be dialled
}

// Switch is on or off.
type Switch string

// What a switch can be.
const (
	On  Switch = "on"
	Off Switch = "off"
)

// Auth is how requests to the exchange are authenticated.
type Auth string

// The two ways that the exchange knows.
const (
	Signature Auth = "signature" // a SHA-256 over the key, sent with every request
	Digest    Auth = "digest"    // HTTP Digest, RFC 7616
)

// Style is the form of the exchange's addresses.
type Style string

// The two forms that the exchange answers to.
const (
	REST Style = "rest" // /number/market
	PHP  Style = "php"  // /dids_market.php
)

// Paging is what the exchange's parameter "off" counts.
type Paging string

// The two readings of "off".
const (
	Rows  Paging = "rows"
	Pages Paging = "pages"
)

// Routing says where calls and messages of purchased numbers go.
type Routing struct {
	Contact     string   // template of a SIP address, with {number}; "" = none
	SMPPContact Secret   // template of an SMPP address, with {number}; unset = none
	Hosts       []string // further hosts that may be named over MCP, lower case
}

// Limits bound what an approval may do. An amount that is not known and a
// count of 0 mean no limit.
type Limits struct {
	MaxMonthlyFee         money.Amount // of one number
	MaxSetupFee           money.Amount // of one number
	MaxOrderTotal         money.Amount // set-up plus first month of one order
	MaxDayTotal           money.Amount // the same, of all orders of a UTC day
	MaxNumbersPerOrder    int
	MaxUnsubscribesPerDay int
	MaxOpenOrders         int            // per requester
	Countries             []string       // ISO 3166-1 alpha-2 codes that may be bought; empty = all
	MaxMonthlyTotal       approval.Price // monthly fees of all own numbers
	Caps                  []approval.Cap
}

// Approval says who may approve, where, and for how long.
type Approval struct {
	Needed              int           // how many approvals an order needs, at least 1
	RequesterMayApprove bool          // whether the requester's own approval counts
	ExpiresAfter        time.Duration // how long an order waits for approval
	Terminal            bool          // whether the terminal may approve
	Elicitation         Elicitation
	ElicitationLimit    money.Amount   // of one order; always known
	ElicitationDayLimit money.Amount   // of a UTC day; always known
	TimeZone            *time.Location // of hours and days of rules
	Rules               []approval.Rule

	Policy *approval.Policy // Rules with people and roles, compiled; nil = there are none
}

// Elicitation is what may be approved in the dialog of an MCP client.
type Elicitation string

// The three settings of elicitation.
const (
	ElicitNothing     Elicitation = "off"
	ElicitWithinLimit Elicitation = "within_limit" // purchases up to the two limits
	ElicitEverything  Elicitation = "on"
)

// Person joins the principals of one person.
type Person struct {
	Name    string
	OS      string // name of the operating system's user; "" = none
	Discord string // user id; "" = none
	HTTP    string // client name, or name claim of an access token; "" = none

	OIDC     Subject         // who signs in on the page as the person; zero = nobody by an issuer
	Roles    []string        // names
	Away     []approval.Days // when the delegate counts for the person
	Delegate string          // name of another person; "" = none
}

// Store says where orders and the audit trail are kept.
type Store struct {
	URL Secret // sqlite:PATH or postgres://…; unset = SQLite in the state folder of the user
}

// Audit says how others can check the audit trail.
type Audit struct {
	KeyFile   string // with the key that signs its heads; "" = beside a store that is a file, else heads are not signed
	HeadsFile string // to which didops serve adds the signed head once a day; "" = none
}

// MCP says what is offered over MCP.
type MCP struct {
	ReadOnly   bool     // only operations that read
	Operations []string // names and groups of the operations that are offered; none = the usual ones
}

// HTTP says what is served over HTTP.
type HTTP struct {
	Listen            string   // host:port; "" = off
	AdminListen       string   // host:port of health and metrics; "" = on Listen
	AllowedHosts      []string // Host names beyond loopback, lower case
	AllowedOrigins    []string // browser origins, lower case
	TLSCert           string   // file; "" = no TLS
	TLSKey            string   // file
	RequestsPerMinute int      // per caller
	Clients           []Client
	Calendars         []Calendar
	OAuth             OAuth
}

// Client is a caller with a bearer token of its own.
type Client struct {
	Name        string
	TokenSHA256 string // hexadecimal digest of the token, lower case
	Role        Role
	MayElicit   bool // whether its dialogs may approve
}

// Calendar is who may follow the renewals of numbers as a calendar, by an address
// with a token of its own that opens nothing else.
type Calendar struct {
	Name        string
	TokenSHA256 string // hexadecimal digest of the token, lower case
	Fees        bool   // whether fees are told in it
}

// Role is what a client may do.
type Role string

// The two roles of a client.
const (
	Requester Role = "requester" // may read and ask for orders
	Reader    Role = "reader"    // may read
)

// OAuth says which JWT access tokens are accepted. Without an issuer none are.
type OAuth struct {
	Issuer    string
	Audience  string
	NameClaim string // the claim that names the caller

	TokenTypes []string // typ in the header of tokens that count
}

// Discord says where the bot works and who may do what there.
type Discord struct {
	Token            Secret // unset = no bot
	GuildIDs         []string
	ApprovalsChannel string   // "" = the channel of the request
	AuditChannel     string   // "" = none
	WatchChannel     string   // where watches that were not added in a channel are told; "" = nowhere
	ReaderRoles      []string // empty = every member
	RequesterRoles   []string // empty = nobody
	ApproverRoles    []string // empty = nobody
	NotifyRequester  Notify   // how who asked for an order hears what became of it
	NotifyRoles      []string // of the approvers', mentioned with each new card; empty = none
	RESTURL          string   // scheme and host of REST calls, no slash at the end; "" = Discord's own
	PublicKey        string   // hexadecimal, lower case; "" = interactions come through the gateway
}

// Log says what is logged and how.
type Log struct {
	Level  string // trace, debug, info, warn or error
	Format LogFormat
}

// Notify is how who asked for an order on Discord hears what became of it.
type Notify string

// The three ways.
const (
	NotifyReply  Notify = "reply" // where it was asked for
	NotifyDirect Notify = "dm"    // in private
	NotifyNobody Notify = ""      // not at all
)

// LogFormat is the form of log lines.
type LogFormat string

// The three forms of log lines.
const (
	LogAuto    LogFormat = "auto" // console on a terminal, else JSON
	LogConsole LogFormat = "console"
	LogJSON    LogFormat = "json"
)
