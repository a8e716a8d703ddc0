-- Version 9: sanctions have networks in their shortest form (RFC 5952).

-- They had four groups, as in 2001:db8:0:0::/64. Groups of zeros at the end are part of the `::`.
UPDATE sanctions SET whom = replace(whom, ':0::/64', '::/64');
UPDATE sanctions SET whom = replace(whom, ':0::/64', '::/64');
UPDATE sanctions SET whom = replace(whom, ':0::/64', '::/64');
UPDATE sanctions SET whom = '::/64' WHERE whom = '0::/64';
