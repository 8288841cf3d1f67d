package config

import (
	"time"

	"didops/internal/approval"
)

// section is a part of the configuration file.
type section struct {
	name string // as in the file: "exchange", "http.oauth"
	note string // behind its header in the example
	list bool   // [[name]], any number of times
	off  bool   // commented out in the example
	// keys returns the keys, bound to the fields they fill. For a list every
	// call appends an element and binds to that.
	keys func() []key
}

// key is one setting.
type key struct {
	name    string // within its section
	initial any    // default: string, bool, int64, float64 or a list of these
	example any    // what the commented-out example shows, if not the default
	note    string // behind it in the example
	doc     string // its meaning in the README, if the note does not say it in full
	env     string // environment variable that overrides the file
	secret  bool   // masked; key_file may name a file that holds it
	off     bool   // commented out in the example
	set     func(value any) (problem string)
}

// meaning returns what the key means, for readers of the README.
func (k key) meaning() string {
	if k.doc != "" {
		return k.doc
	}
	return k.note
}

// none is the empty list as a default.
func none() []any { return []any{} }

// definitions returns every section, in the order of the example, bound to c.
func definitions(c *Config) []section {
	return []section{
		{name: "exchange", keys: func() []key { return append(exchangeKeys(&c.Exchange), readingKeys(&c.Exchange)...) }},
		{name: "routing", keys: func() []key { return routingKeys(&c.Routing) }},
		{name: "limits", note: `"" or 0: no limit`, keys: func() []key { return limitKeys(&c.Limits) }},
		{name: "limits.caps", note: "what purchases of some come to in a day or month; see docs/approvals.md", list: true, off: true, keys: func() []key {
			c.Limits.Caps = append(c.Limits.Caps, approval.Cap{})
			return capKeys(&c.Limits.Caps[len(c.Limits.Caps)-1])
		}},
		{name: "approval", keys: func() []key { return approvalKeys(&c.Approval) }},
		{name: "approval.rules", note: "the first that fits counts; see docs/approvals.md", list: true, off: true, keys: func() []key {
			c.Approval.Rules = append(c.Approval.Rules, approval.Rule{})
			return ruleKeys(&c.Approval.Rules[len(c.Approval.Rules)-1])
		}},
		{name: "roles", note: "who has a role of rules on Discord", list: true, off: true, keys: func() []key {
			c.Roles = append(c.Roles, approval.Role{})
			return roleKeys(&c.Roles[len(c.Roles)-1])
		}},
		{name: "people", list: true, off: true, keys: func() []key {
			c.People = append(c.People, Person{})
			return personKeys(&c.People[len(c.People)-1])
		}},
		{name: "store", keys: func() []key { return storeKeys(&c.Store) }},
		{name: "audit", off: true, keys: func() []key { return auditKeys(&c.Audit) }},
		{name: "mcp", keys: func() []key { return mcpKeys(&c.MCP) }},
		{name: "http", keys: func() []key { return httpKeys(&c.HTTP) }},
		{name: "http.clients", note: "without any, /mcp is served on loopback only", list: true, off: true, keys: func() []key {
			c.HTTP.Clients = append(c.HTTP.Clients, Client{})
			return clientKeys(&c.HTTP.Clients[len(c.HTTP.Clients)-1])
		}},
		{name: "http.calendars", note: "renewals at /calendar/<token>.ics", list: true, off: true, keys: func() []key {
			c.HTTP.Calendars = append(c.HTTP.Calendars, Calendar{})
			return calendarKeys(&c.HTTP.Calendars[len(c.HTTP.Calendars)-1])
		}},
		{name: "http.oauth", note: "JWT access tokens", off: true, keys: func() []key { return oauthKeys(&c.HTTP.OAuth) }},
		{name: "discord", keys: func() []key { return discordKeys(&c.Discord) }},
		{name: "market", keys: func() []key { return marketKeys(&c.Market) }},
		{name: "inventory", keys: func() []key {
			return []key{{
				name: "every", initial: "1h", note: "how often the own list is looked at (serve)", doc: `how often the list of own numbers is looked at (didops serve); "0s" = never by itself`,
				set: into(&c.Inventory.Every, duration(0, 7*24*time.Hour)),
			}}
		}},
		{name: "digest", keys: func() []key { return digestKeys(&c.Digest) }},
		{name: "webhooks", note: "who is told what happens (serve); see docs/webhooks.md", list: true, off: true, keys: func() []key {
			c.Webhooks = append(c.Webhooks, Webhook{})
			return webhookKeys(&c.Webhooks[len(c.Webhooks)-1])
		}},
		{name: "web", keys: func() []key { return webKeys(&c.Web) }},
		{name: "log", keys: func() []key {
			return []key{
				{
					name: "level", initial: "info", doc: "least level that is logged: trace, debug, info, warn or error",
					set: into(&c.Log.Level, oneOf("trace", "debug", "info", "warn", "error")),
				},
				{name: "format", initial: "auto", note: "console on a terminal, else json", doc: "auto (console on a terminal, else json), console or json", set: into(&c.Log.Format, oneOf(LogAuto, LogConsole, LogJSON))},
			}
		}},
	}
}

func mcpKeys(m *MCP) []key {
	return []key{
		{name: "read_only", initial: false, note: "only operations that read", doc: "offer only operations that read", set: into(&m.ReadOnly, yesNo)},
		{
			name: "operations", initial: none(), note: "names or groups of operations that are offered; [] = the usual ones",
			doc: "which operations assistants are offered: names, or market, numbers, orders, watches, talk, mandates, usual, all; [] = the usual ones. Each costs a model tokens on every request",
			set: into(&m.Operations, each(operationName)),
		},
	}
}

// Keys returns the names of the keys of a section, in the order of the
// example; none of a section that there is not.
func Keys(name string) []string {
	var list []string
	for _, s := range definitions(&Config{}) {
		if s.name != name {
			continue
		}
		for _, k := range s.keys() {
			list = append(list, k.name)
		}
	}
	return list
}

func exchangeKeys(e *Exchange) []key {
	return []key{
		{
			name: "url", initial: "", note: `"" or "sandbox": the built-in sandbox. TCXC: https://api.telecomsxchange.com; digest: https://apiv2.telecomsxchange.com`,
			set: into(&e.URL, exchangeURL),
		},
		{name: "auth", initial: "signature", note: `or "digest"`, doc: "signature, or digest (HTTP Digest)", set: into(&e.Auth, oneOf(Signature, Digest))},
		{name: "api_login", initial: "", env: "DIDOPS_API_LOGIN", note: "$DIDOPS_API_LOGIN", doc: "login of the account; $DIDOPS_API_LOGIN", set: into(&e.Login, line(256))},
		{name: "api_key", initial: "", env: "DIDOPS_API_KEY", secret: true, note: "$DIDOPS_API_KEY, api_key_file", doc: "API key of the account; $DIDOPS_API_KEY, api_key_file", set: into(&e.Key, secretLine)},
		{name: "billing_account", initial: int64(0), note: "default account for purchases", set: into(&e.BillingAccount, whole[int64](0, maxID))},
		{name: "billing_accounts", initial: none(), note: "others that may be named", doc: "other accounts that a purchase may name", set: into(&e.BillingAccounts, each(whole[int64](1, maxID)))},
		{name: "currency", initial: "USD", note: "TCXC names none; shown with every amount", set: into(&e.Currency, currency)},
		{
			name: "style", initial: "rest", note: `or "php": /<controller>.php; a write never changes style by itself`,
			doc: "rest, or php (/<controller>.php); a write never changes style by itself", set: into(&e.Style, oneOf(REST, PHP)),
		},
		{name: "list_path", initial: "/number/list", note: "the documentation also spells it /numbes/list", doc: "path of the list of purchased numbers; the documentation also spells it /numbes/list", set: into(&e.ListPath, urlPath)},
		{name: "settle_after", initial: "15m", note: "how long absence proves nothing after a lost answer", doc: "how long absence from the exchange's lists proves nothing after an answer was lost", set: into(&e.SettleAfter, duration(0, 7*24*time.Hour))},
	}
}

func readingKeys(e *Exchange) []key {
	return []key{
		{name: "timeout", initial: "15s", note: "one request", doc: "longest time of one request", set: into(&e.Timeout, duration(time.Millisecond, 5*time.Minute))},
		{name: "requests_per_second", initial: int64(5), doc: "most requests per second that are sent to the exchange", set: into(&e.RequestsPerSecond, rate)},
		{name: "page_size", initial: int64(500), note: "asked for; the exchange may give fewer", doc: "rows asked for at a time, 1 to 1,000; the exchange may give fewer", set: into(&e.PageSize, whole[int](1, 1000))},
		{name: "paging", initial: "rows", note: `or "pages": what its "off" counts (doctor tells)`, doc: `rows or pages: what the exchange's "off" counts (doctor tells)`, set: into(&e.Paging, oneOf(Rows, Pages))},
		{name: "max_rows", initial: int64(50000), note: "most market rows one search reads", set: into(&e.MaxRows, whole[int](1, 5_000_000))},
		{name: "read_deadline", initial: "30s", note: "a whole search; then complete = false", doc: "longest time of a whole search; then its result has complete = false", set: into(&e.ReadDeadline, duration(time.Millisecond, 30*time.Minute))},
		{name: "cache", initial: "60s", note: "how long a market read serves other searches and pages", set: into(&e.Cache, duration(0, 24*time.Hour))},
		{name: "usage", initial: false, note: "read call and message histories, for what is not used", doc: "whether call and message histories are read, for when a number was last used", set: into(&e.Usage, yesNo)},
		{name: "messages", initial: false, note: "messages to sellers may be asked for", doc: "whether messages to sellers may be asked for", set: into(&e.Messages, yesNo)},
	}
}

func marketKeys(m *Market) []key {
	return []key{
		{name: "mirror", initial: "on", note: `keep what was read; "off"`, doc: "on: what was read of the market is kept, and answers; or off", set: into(&m.Mirror, oneOf(On, Off))},
		{name: "max_age", initial: "15m", note: "how old a part may be to answer without asking", doc: "how old a part of the market may be to answer without the exchange being asked", set: into(&m.MaxAge, duration(0, 7*24*time.Hour))},
		{name: "share", initial: 0.5, note: "of requests_per_second, for reading ahead (serve)", doc: "share of requests_per_second, for reading ahead (didops serve)", set: into(&m.Share, share)},
		{name: "keep", initial: "400d", note: "history of prices", doc: "how long the history of prices is kept, in days (d) or as other durations", set: into(&m.Keep, days(duration(24*time.Hour, 10*365*24*time.Hour)))},
	}
}

func digestKeys(d *DailyDigest) []key {
	return []key{
		{name: "at", initial: "", note: `"08:00"; "" = off`, doc: `time of day of the morning page, such as "08:00"; "" = off`, set: into(&d.At, optional(timeOfDay))},
		{name: "time_zone", initial: "UTC", doc: `time zone of the morning page, such as "Europe/Berlin"`, set: into(&d.TimeZone, timeZone)},
		{name: "channel", initial: "", note: "of Discord", doc: `id of the Discord channel for the morning page; "" = none`, set: into(&d.Channel, optional(snowflake))},
	}
}

func routingKeys(r *Routing) []key {
	return []key{
		{
			name: "contact", initial: "", note: `e.g. "sip:{number}@sip.example.net:5060"`,
			doc: `where calls go; e.g. "sip:{number}@sip.example.net:5060"`, set: into(&r.Contact, sipTemplate),
		},
		{
			name: "smpp_contact", initial: "", env: "DIDOPS_SMPP_CONTACT", secret: true,
			note: `e.g. "smpp:login:password:{number}@smpp.example.net:2776"; $DIDOPS_SMPP_CONTACT, smpp_contact_file`,
			doc:  `where messages go; e.g. "smpp:login:password:{number}@smpp.example.net:2776"; $DIDOPS_SMPP_CONTACT, smpp_contact_file`,
			set:  into(&r.SMPPContact, smppTemplate),
		},
		{name: "hosts", initial: none(), note: "further hosts that may be named over MCP", set: into(&r.Hosts, each(hostName))},
	}
}

func limitKeys(l *Limits) []key {
	return []key{
		{name: "max_monthly_fee", initial: "", note: "of one number", doc: `highest monthly fee of one number; "" = no limit`, set: into(&l.MaxMonthlyFee, limit)},
		{name: "max_setup_fee", initial: "", note: "of one number", doc: `highest set-up fee of one number; "" = no limit`, set: into(&l.MaxSetupFee, limit)},
		{name: "max_order_total", initial: "100.00", note: "set-up plus first month of one order", set: into(&l.MaxOrderTotal, limit)},
		{name: "max_day_total", initial: "250.00", note: "the same, all orders of a UTC day", doc: "set-up plus first month of all orders of a UTC day", set: into(&l.MaxDayTotal, limit)},
		{name: "max_numbers_per_order", initial: int64(10), doc: "most numbers in one order; 0 = no limit", set: into(&l.MaxNumbersPerOrder, whole[int](0, 1000))},
		{name: "max_unsubscribes_per_day", initial: int64(10), doc: "most numbers given up in a UTC day; 0 = no limit", set: into(&l.MaxUnsubscribesPerDay, whole[int](0, 1_000_000))},
		{name: "max_open_orders", initial: int64(20), note: "per requester", doc: "most open orders per requester; 0 = no limit", set: into(&l.MaxOpenOrders, whole[int](0, 1_000_000))},
		{name: "countries", initial: none(), note: "ISO codes that may be bought; [] = all", set: into(&l.Countries, each(countryCode))},
		{
			name: "max_monthly_total", off: true, initial: "", note: `monthly fees of all own numbers together: "500.00 USD"`,
			doc: `highest monthly fees of all own numbers together, with what is ordered, and the currency: "500.00 USD"; "" = no limit`, set: into(&l.MaxMonthlyTotal, bound),
		},
	}
}

func approvalKeys(a *Approval) []key {
	return []key{
		{name: "approvals_needed", initial: int64(1), doc: "how many people have to approve an order", set: into(&a.Needed, whole[int](1, 10))},
		{name: "requester_may_approve", initial: true, doc: "whether the approval of the requester counts", set: into(&a.RequesterMayApprove, yesNo)},
		{name: "expires_after", initial: "15m", doc: "how long an order waits for approval", set: into(&a.ExpiresAfter, duration(time.Second, 7*24*time.Hour))},
		{name: "terminal", initial: "on", note: `or "off"`, doc: "on or off: whether the terminal may approve", set: into(&a.Terminal, onOff)},
		{
			name: "elicitation", initial: "within_limit", note: `or "off", "on"`,
			doc: "what the dialog of an MCP client may approve: off, within_limit (purchases up to the two limits below) or on",
			set: into(&a.Elicitation, oneOf(ElicitNothing, ElicitWithinLimit, ElicitEverything)),
		},
		{name: "elicitation_limit", initial: "20.00", doc: "highest amount of one order that a dialog may approve", set: into(&a.ElicitationLimit, amount)},
		{name: "elicitation_day_limit", initial: "100.00", doc: "highest amount of all orders of a UTC day that dialogs may approve", set: into(&a.ElicitationDayLimit, amount)},
		{name: "time_zone", initial: "UTC", off: true, doc: `time zone of the hours and days of [[approval.rules]] and [[people]], such as "Europe/Berlin"`, set: into(&a.TimeZone, timeZone)},
	}
}

func personKeys(p *Person) []key {
	return []key{
		{name: "name", initial: "", example: "Alice", doc: "a person whose principals are joined; required", set: into(&p.Name, line(64))},
		{name: "os", initial: "", example: "alice", doc: "the person's user name on this machine, or uid-1000 where /etc/passwd has no such user", set: into(&p.OS, line(64))},
		{name: "discord", initial: "", example: "123456789012345678", doc: "the person's Discord user id", set: into(&p.Discord, optional(snowflake))},
		{name: "http", initial: "", example: "alice-laptop", doc: "the person's HTTP client, or name claim of an access token", set: into(&p.HTTP, line(256))},
		{
			name: "oidc", initial: "", example: "https://login.example.net 248289761001", note: "issuer and subject: who signs in on the page",
			doc: "issuer and subject (iss and sub of an ID token, with a blank between) of who signs in on the page as the person", set: into(&p.OIDC, subject),
		},
		{name: "roles", initial: none(), example: []any{"approver", "finance"}, note: "names that rules use", doc: "roles that the person has: approver, requester and reader on the page, and names that rules of approval use", set: into(&p.Roles, each(roleName))},
		{name: "away", initial: none(), doc: `days on which the person is away, the last included: ["2026-12-20/2027-01-05"], in [approval] time_zone`, set: into(&p.Away, each(awayDays))},
		{name: "delegate", initial: "", doc: "name of the person who counts for this one in rules of approval while it is away; where that one is away too, the next, three at most", set: into(&p.Delegate, line(64))},
	}
}

func storeKeys(s *Store) []key {
	return []key{{
		name: "url", initial: "", env: "DIDOPS_STORE_URL", secret: true,
		note: `"": SQLite in the user's state folder; sqlite:PATH or postgres://…; $DIDOPS_STORE_URL, url_file`,
		doc:  `where orders and the audit trail are kept: sqlite:PATH or postgres://…; "" = SQLite in the user's state folder; $DIDOPS_STORE_URL, url_file`,
		set:  into(&s.URL, storeURL),
	}}
}

func auditKeys(a *Audit) []key {
	return []key{
		{
			name: "key_file", initial: "", note: `key that signs the trail; "": audit.key beside the SQLite file`,
			doc: `file with the key that signs heads of the audit trail, made at the first use; "" = audit.key beside the SQLite file. Relative to the folder of the configuration. Needed with PostgreSQL, the same for all, and one to each store`,
			set: into(&a.KeyFile, line(4096)),
		},
		{
			name: "heads_file", initial: "", note: "signed heads are added here once a day (serve)",
			doc: `file to which the signed head of the audit trail is added once a day (didops serve), best on another machine; relative to the folder of the configuration; "" = none`,
			set: into(&a.HeadsFile, line(4096)),
		},
	}
}

func httpKeys(h *HTTP) []key {
	return []key{
		{name: "listen", initial: "", note: `e.g. "127.0.0.1:8931": /mcp, /healthz, /readyz, /metrics; "" = off`, doc: `address to serve on, e.g. "127.0.0.1:8931": /mcp, /healthz, /readyz, /metrics; "" = off`, set: into(&h.Listen, optional(listenAddress))},
		{
			name: "admin_listen", initial: "", note: "/healthz /readyz /metrics here instead; beyond loopback /metrics is only here",
			doc: `address of /healthz, /readyz and /metrics, if another; beyond loopback /metrics is only here; "" = on listen`,
			set: into(&h.AdminListen, optional(listenAddress)),
		},
		{name: "allowed_hosts", initial: none(), note: "Host names beyond loopback", doc: "names beyond loopback under which requests may arrive (Host)", set: into(&h.AllowedHosts, each(hostName))},
		{name: "allowed_origins", initial: none(), note: "browser origins; [] = none", doc: "origins of browser pages that may connect; [] = none", set: into(&h.AllowedOrigins, each(origin))},
		{name: "tls_cert", initial: "", doc: "file with the TLS certificate chain; with tls_key", set: into(&h.TLSCert, line(4096))},
		{name: "tls_key", initial: "", doc: "file with the private key of the certificate", set: into(&h.TLSKey, line(4096))},
		{name: "requests_per_minute", initial: int64(120), note: "per caller", doc: "most requests per minute and caller", set: into(&h.RequestsPerMinute, whole[int](1, 1_000_000))},
	}
}

func clientKeys(c *Client) []key {
	return []key{
		{name: "name", initial: "", example: "claude-team", doc: "name of a client that may connect; required", set: into(&c.Name, optional(clientName))},
		{name: "token_sha256", initial: "", example: "…", note: "of its bearer token", doc: "SHA-256 of its bearer token, hexadecimal; required", set: into(&c.TokenSHA256, optional(hex64))},
		{name: "role", initial: "requester", note: `or "reader"`, doc: "requester, or reader (may only read)", set: into(&c.Role, oneOf(Requester, Reader))},
		{name: "may_elicit", initial: false, doc: "whether its dialogs may approve", set: into(&c.MayElicit, yesNo)},
	}
}

func calendarKeys(c *Calendar) []key {
	return []key{
		{name: "name", initial: "", example: "finance", doc: "name of a calendar that may be followed; required", set: into(&c.Name, optional(clientName))},
		{name: "token_sha256", initial: "", example: "…", note: "of the token in its address", doc: "SHA-256 of the token in its address, hexadecimal; required, and no client's", set: into(&c.TokenSHA256, optional(hex64))},
		{name: "fees", initial: false, doc: "whether fees are told in it", set: into(&c.Fees, yesNo)},
	}
}

func oauthKeys(o *OAuth) []key {
	return []key{
		{name: "issuer", initial: "", doc: `issuer of JWT access tokens; "" = none are accepted`, set: into(&o.Issuer, optional(secureURL))},
		{name: "audience", initial: "", doc: "audience that access tokens must name; required with issuer", set: into(&o.Audience, line(256))},
		{name: "name_claim", initial: "sub", doc: "claim that names the caller", set: into(&o.NameClaim, claimName)},
		{
			name: "token_types", initial: []any{"at+jwt"}, note: `typ in the header; "JWT" needs the marks of an access token besides`,
			doc: `types (typ in the header) of tokens that count; any but "at+jwt", such as "JWT", needs the marks of an access token besides`,
			set: into(&o.TokenTypes, filled(each(tokenType))),
		},
	}
}

func discordKeys(d *Discord) []key {
	return []key{
		{name: "token", initial: "", env: "DIDOPS_DISCORD_TOKEN", secret: true, note: `$DIDOPS_DISCORD_TOKEN, token_file; "" = off`, doc: `token of the bot; $DIDOPS_DISCORD_TOKEN, token_file; "" = off`, set: into(&d.Token, secretLine)},
		{name: "guild_ids", initial: none(), doc: "ids of the servers that the bot works in", set: into(&d.GuildIDs, each(snowflake))},
		{name: "approvals_channel", initial: "", note: `order cards; "" = the channel of the request (orders from MCP then get no card)`, doc: `id of the channel for order cards; "" = the channel of the request (orders from MCP then get no card)`, set: into(&d.ApprovalsChannel, optional(snowflake))},
		{name: "audit_channel", initial: "", doc: `id of the channel that is told of every decision; "" = none`, set: into(&d.AuditChannel, optional(snowflake))},
		{name: "watch_channel", initial: "", doc: `id of the channel for watches that were not added in a channel; "" = none`, set: into(&d.WatchChannel, optional(snowflake))},
		{name: "reader_roles", initial: none(), note: "empty = every member of the guild may read", doc: "ids of roles that may read; empty = every member of the guild", set: into(&d.ReaderRoles, each(snowflake))},
		{name: "requester_roles", initial: none(), note: "empty = nobody may ask for changes on Discord", doc: "ids of roles that may ask for changes; empty = nobody on Discord", set: into(&d.RequesterRoles, each(snowflake))},
		{name: "approver_roles", initial: none(), note: "empty = nobody can approve on Discord", doc: "ids of roles that may approve; empty = nobody on Discord", set: into(&d.ApproverRoles, each(snowflake))},
		{
			name: "notify_requester", initial: string(NotifyReply), note: `or "dm", or "" = not at all: who asked hears once what became of an order`,
			doc: `how who asked for an order hears, once, what became of it: "reply" where it was asked for, "dm", or "" = not at all`,
			set: into(&d.NotifyRequester, oneOf(NotifyReply, NotifyDirect, NotifyNobody)),
		},
		{name: "notify_roles", initial: none(), note: "of approver_roles: mentioned once with each new card", doc: "ids of those approver_roles that are mentioned, once, with each new card; empty = none", set: into(&d.NotifyRoles, each(snowflake))},
		{
			name: "rest_url", initial: "", note: "scheme and host that REST calls go to (a rate-limiting proxy); https or loopback; the gateway is what it answers",
			set: into(&d.RESTURL, optional(baseURL)),
		},
		{
			name: "public_key", initial: "", note: "set: interactions arrive at POST /discord/interactions on [http] listen, and no gateway is opened",
			doc: "public key of the application; set: interactions arrive at POST /discord/interactions on [http] listen, and no gateway is opened",
			set: into(&d.PublicKey, optional(hex64)),
		},
	}
}
