package phone

// dialPlan lists the dialling codes with the territories that have them. An
// area behind a colon is where the numbers of a territory begin that shares
// its code with a larger one; * adds that some of its numbers stand elsewhere
// under the code. A territory without areas shares the whole code.
//
// Sources: ITU-T E.164 assigned codes and the metadata of libphonenumber, with
// which the tests compare it. 76 is set aside for Kazakhstan by the plan of +7.
const dialPlan = `
1 US AG:268 AI:264 AS:684 BB:246 BM:441 BS:242 CA DM:767 DO:809,829,849 GD:473 GU:671 JM:658,876 KN:869 KY:345 LC:758 MP:670 MS:664 PR:787,939 SX:721 TC:649 TT:868 VC:784 VG:284 VI:340
20 EG; 211 SS
212 MA EH
213 DZ; 216 TN; 218 LY; 220 GM; 221 SN; 222 MR; 223 ML; 224 GN; 225 CI
226 BF; 227 NE; 228 TG; 229 BJ; 230 MU; 231 LR; 232 SL; 233 GH; 234 NG
235 TD; 236 CF; 237 CM; 238 CV; 239 ST; 240 GQ; 241 GA; 242 CG; 243 CD
244 AO; 245 GW; 246 IO; 247 AC; 248 SC; 249 SD; 250 RW; 251 ET; 252 SO
253 DJ; 254 KE; 255 TZ; 256 UG; 257 BI; 258 MZ; 260 ZM; 261 MG
262 RE YT
263 ZW; 264 NA; 265 MW; 266 LS; 267 BW; 268 SZ; 269 KM; 27 ZA
290 SH TA:8
291 ER; 297 AW; 298 FO; 299 GL; 30 GR; 31 NL; 32 BE; 33 FR; 34 ES; 350 GI
351 PT; 352 LU; 353 IE; 354 IS; 355 AL; 356 MT; 357 CY
358 FI AX:18,*
359 BG; 36 HU; 370 LT; 371 LV; 372 EE; 373 MD; 374 AM; 375 BY; 376 AD
377 MC; 378 SM; 380 UA; 381 RS; 382 ME; 383 XK; 385 HR; 386 SI; 387 BA
389 MK
39 IT VA:06698,*
40 RO; 41 CH; 420 CZ; 421 SK; 423 LI; 43 AT
44 GB GG IM:1624,74576,7524,7624,* JE
45 DK; 46 SE
47 NO SJ:79,*
48 PL; 49 DE; 500 FK; 501 BZ; 502 GT; 503 SV; 504 HN; 505 NI; 506 CR; 507 PA
508 PM; 509 HT; 51 PE; 52 MX; 53 CU; 54 AR; 55 BR; 56 CL; 57 CO; 58 VE
590 GP BL MF
591 BO; 592 GY; 593 EC; 594 GF; 595 PY; 596 MQ; 597 SR; 598 UY
599 CW BQ:3,4,7
60 MY
61 AU CC CX
62 ID; 63 PH; 64 NZ; 65 SG; 66 TH; 670 TL; 672 NF; 673 BN; 674 NR; 675 PG
676 TO; 677 SB; 678 VU; 679 FJ; 680 PW; 681 WF; 682 CK; 683 NU; 685 WS
686 KI; 687 NC; 688 TV; 689 PF; 690 TK; 691 FM; 692 MH
7 RU KZ:6,7
81 JP; 82 KR; 84 VN; 850 KP; 852 HK; 853 MO; 855 KH; 856 LA; 86 CN; 880 BD
886 TW; 90 TR; 91 IN; 92 PK; 93 AF; 94 LK; 95 MM; 960 MV; 961 LB; 962 JO
963 SY; 964 IQ; 965 KW; 966 SA; 967 YE; 968 OM; 970 PS; 971 AE; 972 IL
973 BH; 974 QA; 975 BT; 976 MN; 977 NP; 98 IR; 992 TJ; 993 TM; 994 AZ
995 GE; 996 KG; 998 UZ
`

// sharedAreas lists, by dialling code, where the numbers begin that belong to no
// area of it: toll-free, premium and personal ones. Every territory of the code
// has them. What stands behind a dash is an area in their midst that is none of
// them.
//
// Sources: the non-geographic codes of the North American Numbering Plan, the
// plan of +7, and the metadata of libphonenumber.
const sharedAreas = `
1: 500; 52; -520; 533; 544; 566; 577; 588; 800; 833; 844; 855; 866; 877; 888; 900
7: 80; 810
`

// englishNames replaces names of CLDR 32 that are outdated or hard to read.
const englishNames = `
CD: DR Congo
CG: Republic of the Congo
HK: Hong Kong
MF: Saint Martin (French part)
MK: North Macedonia
MM: Myanmar
MO: Macao
PS: Palestine
SX: Sint Maarten
SZ: Eswatini
TR: Türkiye
`

// ambiguous lists names that several countries go by, and rightly so.
const ambiguous = `
CD+CG: Congo; Kongo
KP+KR: Korea; Corea
VG+VI: Virgin Islands
MF+SX: Saint Martin; St Maarten; Saint Maarten; St-Martin; Sint Marten
GG+JE: Channel Islands
BQ+CW+SX: Netherlands Antilles; Dutch Antilles
GE+US: State of Georgia; Georgia State
DM+DO: Republic of Dominica; Dominica Republic
NE+NG: Niger State; State of Niger
`

// together lists names that mean several countries at once.
const together = `
SH+AC+TA: Saint Helena, Ascension and Tristan da Cunha; Sainte-Hélène, Ascension et Tristan da Cunha
`

// sovereigns lists the states to which territories with a code of their own
// belong: it is the territory that "Guam (USA)" names.
const sovereigns = `
AU: CC; CX; NF
CN: HK; MO; TW
DK: FO; GL
FI: AX
FR: BL; GF; GP; MF; MQ; NC; PF; PM; RE; WF; YT
GB: AC; AI; BM; FK; GG; GI; IM; IO; JE; KY; MS; SH; TA; TC; VG
NL: AW; BQ; CW; SX
NO: SJ
NZ: CK; NU; TK
US: AS; GU; MP; PR; VI
`

// undialled lists what has a code of ISO 3166 and no dialling code of its own.
const undialled = `
AQ: AQ; ATA; Antarctica; Antarctique
BV: BV; BVT; Bouvet Island; Île Bouvet
GS: GS; SGS; South Georgia and the South Sandwich Islands; South Georgia; S Georgia; Géorgie du Sud-et-les îles Sandwich du Sud
HM: HM; HMD; Heard Island and McDonald Islands; Heard and McDonald Islands; Îles Heard-et-MacDonald
PN: PN; PCN; Pitcairn; Pitcairn Islands; Îles Pitcairn
TF: TF; ATF; French Southern Territories; Terres australes françaises; Terres australes et antarctiques françaises
UM: UM; UMI; United States Minor Outlying Islands; U.S. Outlying Islands; Îles mineures éloignées des États-Unis
`

// reserved lists codes beside those of ISO 3166 that are set aside for parts of
// countries, and that CLDR has names for.
const reserved = `
ES: EA; IC
FR: CP; FX
GG: CQ
IO: DG
`

// aliases lists usual spellings that are neither the name nor a code: short
// and former names, official forms, names of parts, those of ISO 3166.
const aliases = `
AC: Ascension
AE: UAE; Emirates; The Emirates; Emirate; Dubai; Abu Dhabi; Emirats Arabes Unis; الإمارات; امارات
AG: Antigua; Antigua and Barb
AR: Argentine Republic
AX: Aland
BA: Bosnia; BiH; Bosnia-Hercegovina; Bosnia Hercegovina; Bosnia and Herz; Bosnia Herzegowina
BL: Saint Barts; St Barths
BN: Brunei Darussalam
BQ: Bonaire; Bonaire, Sint Eustatius and Saba; Sint Eustatius; Saba; BES Islands
BY: Byelorussia; Belorussia; White Russia
CC: Cocos Islands; Keeling Islands
CD: DRC; DROC; Congo DR; Congo DRC; Congo Democratic Republic; Congo (Kinshasa); Democratic Republic of the Congo; Zaire; Congo-Zaire; RDC; RDC Congo
CF: CAR; Central Africa; Cent African Rep
CG: Congo Republic; Republic of Congo; Congo (Brazzaville); Congo Rep; ROC Congo
CH: Swiss; Swiss Confederation; Helvetia
CI: Ivory Coast; Cote dIvoire; Cote d Ivoire
CN: PRC; Mainland China; PR China; P.R. China; China Mainland; China PR; 中国大陆; 中國大陸
CV: Cabo Verde
CZ: Czech Republic; Czech Rep; Czech; Česko
DE: FRG; BRD; Deutschland
DO: Dominican Rep; Dom Rep; Dom Republic; Santo Domingo; Dominicana
EH: Sahrawi Republic; W Sahara
ES: Canary Islands; Canaries; Canarias; Islas Canarias; Ceuta and Melilla; Ceuta y Melilla; Ceuta; Melilla; Îles Canaries
FK: Falklands; Malvinas; Islas Malvinas; Falkland Islands (Malvinas)
FM: Federated States of Micronesia
FO: Faroes; Faeroe Islands; Faroe; Faeroe; Faeroes
FR: French Republic; Clipperton Island; Clipperton; Île Clipperton
GA: Gabonese Republic
GB: UK; U.K.; N Ireland; Great Britain; Britain; England; Scotland; Wales; Northern Ireland; United Kingdom of Great Britain and Northern Ireland; North Ireland
GF: Guyane; French Guyana; Fr Guiana
GG: Sark; Alderney; Herm
GM: The Gambia
GN: Guinea Conakry; Guinée Conakry
GQ: Eq Guinea
GR: EL; Hellas; Hellenic Republic; Ellada; Ελλάς
GW: Guinea Bissau
HK: Hong Kong SAR; HKSAR; 香港; 中国香港; 中國香港
IE: Eire; Republic of Ireland; Irish Republic; Southern Ireland; South Ireland; S Ireland
IM: Man
IO: Diego Garcia; Chagos Islands
IR: Persia
IT: Italian Republic
KG: Kirghizia; Kirgizstan; Kyrgyz Republic
KH: Kampuchea
KM: Comoro Islands
KN: Saint Kitts; St Kitts; Nevis
KP: DPRK; N Korea; Democratic Peoples Republic of Korea; Democratic People's Republic of Korea; Korea North; Korea DPR; Korea (North); Democratic Republic of Korea
KR: ROK; S Korea; Republic of Korea; Korea South; Korea Rep; Korea (South); Korea Republic
KY: Caymans; Grand Cayman; Cayman
LA: Lao; Lao PDR; Lao People's Democratic Republic; Lao Peoples Democratic Republic
LB: Lebanese Republic
LY: Libyan Arab Jamahiriya
MK: Macedonia; N Macedonia; FYROM; The former Yugoslav Republic of Macedonia; Северна Македонија; Maqedonia e Veriut; TFYR Macedonia
MM: Burma
MO: Macau; Macao SAR; Macau SAR; 澳门; 澳門; 中国澳门; 中國澳門
MP: Northern Marianas; Saipan; N Mariana Islands
MX: Mejico; United Mexican States
MY: West Malaysia
NC: Kanaky; N Caledonia
NL: Holland; The Netherlands; Netherland
NZ: N Zealand
PF: Tahiti; Fr Polynesia
PG: Papua N Guinea
PM: Saint Pierre; St Pierre and Miquelon
PS: Palestinian Territory; Occupied Palestinian Territory; Palestinian Authority; Gaza; West Bank; فلسطين; Gaza Strip; West Bank and Gaza Strip
PT: Portuguese Republic
RE: Reunion Island
RU: Russian Federation; РФ
RW: Rwandese Republic
SA: KSA; Saudi; Saudia; السعودية; S Arabia
SD: North Sudan; N Sudan
SH: Saint Helena Island
SJ: Svalbard; Spitsbergen; Jan Mayen
SK: Slovak Republic; Slovak
SL: S Leone
SS: S Sudan
ST: Sao Tome
SV: Salvador
SX: Sint Maarten (Dutch part); St Maarten (Dutch part); Dutch Sint Maarten
SY: Syrian Arab Republic
SZ: Swaziland; eSwatini
TC: Turks and Caicos
TG: Togolese Republic
TL: East Timor; E Timor; Timor; Timor Leste
TR: Turkey; Turkiye; Turkiye Cumhuriyeti
TT: Trinidad; Tobago
TW: Chinese Taipei; Formosa; Republic of China; Taiwan, Province of China; 台灣; 台湾
TZ: Zanzibar; Tanganyika
US: USA; U.S.A.; U.S.; America; United States of America; The States; US of A
UY: Eastern Republic of Uruguay
VA: Vatican; Holy See; Holy See (Vatican City State); Vatican City State
VC: Saint Vincent; St Vincent; St Vin and Gren
VE: Venezuela RB
VG: BVI; Br Virgin Islands; Virgin Islands, British; Virgin Islands (British); Virgin Islands UK
VI: USVI; Virgin Islands, U.S.; Virgin Islands (U.S.); Virgin Islands US; Virgin Islands (USA); United States Virgin Islands; American Virgin Islands; Virgin Islands of the United States
VN: Viet Nam
WF: Wallis; Futuna
WS: Western Samoa; W Samoa
XK: Kosova; RKS
ZA: RSA; S Africa
ZW: Rhodesia
`
