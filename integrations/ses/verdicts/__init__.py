"""Who a mail that comes in is really from: SPF, DKIM and DMARC, asked of `[ses] resolver`.

| file | what |
|---|---|
| spf_records | records of SPF, and the macros in them: pure |
| spf | SPF (RFC 7208): may this host send for the domain of the envelope's sender? |
| dkim | signatures (RFC 6376, 8463): what they say, and whether they hold: pure |
| dmarc | the policy of From's domain (RFC 7489), and alignment: pure |
| judging | all three for one mail, within bounds of time and questions; AWS's verdicts and headers |
"""
