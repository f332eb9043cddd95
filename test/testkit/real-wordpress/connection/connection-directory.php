<?php
/**
 * Plugin Name: Connection, the directory
 * Description: Asks a directory of the test instead of WordPress.org, at an address of this machine, and forgets that files can be written when a test says so.
 */
namespace Connection;

/** The address of the test's directory without a trailing slash; empty when there is none. */
function directory() {
	return (string) get_option( 'connection_directory', '' );
}

add_filter(
	'pre_http_request',
	function ( $answer, $arguments, $url ) {
		if ( '' === directory() || 'api.wordpress.org' !== wp_parse_url( $url, PHP_URL_HOST ) ) {
			return $answer;
		}
		unset( $arguments['_redirection'] );
		return wp_remote_request( directory() . preg_replace( '~^https?://[^/]+~', '', $url ), array_merge( $arguments, array( 'reject_unsafe_urls' => false ) ) );
	},
	10,
	3
);

// Packages lie on this machine, too, which WordPress would not fetch from.
add_filter(
	'http_request_host_is_external',
	function ( $is_external, $host ) {
		return $is_external || ( '' !== directory() && wp_parse_url( directory(), PHP_URL_HOST ) === $host );
	},
	10,
	2
);
add_filter(
	'http_allowed_safe_ports',
	function ( $ports ) {
		return '' === directory() ? $ports : array_merge( $ports, array( (int) wp_parse_url( directory(), PHP_URL_PORT ) ) );
	}
);

add_filter(
	'filesystem_method',
	function ( $method ) {
		return get_option( 'connection_files_locked' ) ? 'ftpext' : $method;
	}
);
